import { Injectable } from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { StoreName } from '../config/store-settings.js';
import type { OwnerKind } from './owner.js';

/** Media that was copied out of a store and may be left there. */
@Schema({ collection: 'moved_media', versionKey: false })
export class MovedMedia {
  /** "<store>:<key or prefix>" */
  @Prop({ type: String })
  _id: string;

  @Prop({ type: String, required: true })
  from: StoreName;

  /** The key, or with a trailing "/" the prefix. */
  @Prop({ required: true })
  at: string;

  @Prop({ type: String, required: true })
  kind: OwnerKind;

  @Prop({ required: true })
  ownerId: string;

  @Prop({ required: true })
  movedAt: Date;
}

export const MovedMediaSchema = SchemaFactory.createForClass(MovedMedia);
MovedMediaSchema.index({ from: 1, movedAt: 1 });

/**
 * What was left in an old store, line by line. A line is written before the owner is told of the new store, so a crash
 * leaves a line too many; whoever removes asks the owner again.
 */
@Injectable()
export class MovedMediaLedger {
  constructor(@InjectModel(MovedMedia.name) private readonly lines: Model<MovedMedia>) {}

  async enter(from: StoreName, owner: { kind: OwnerKind; id: string }, places: string[]): Promise<void> {
    const movedAt = new Date();
    await Promise.all(
      places.map((at) =>
        this.lines.updateOne(
          { _id: `${from}:${at}` },
          { $set: { from, at, kind: owner.kind, ownerId: owner.id, movedAt } },
          { upsert: true },
        ),
      ),
    );
  }

  count(from: StoreName): Promise<number> {
    return this.lines.countDocuments({ from });
  }

  /** Oldest first. */
  async page(from: StoreName, movedBefore: Date, limit: number): Promise<MovedMedia[]> {
    return this.lines
      .find({ from, movedAt: { $lte: movedBefore } })
      .sort({ movedAt: 1 })
      .limit(limit)
      .lean();
  }

  async drop({ _id, movedAt }: MovedMedia): Promise<void> {
    await this.lines.deleteOne({ _id, movedAt });
  }
}
