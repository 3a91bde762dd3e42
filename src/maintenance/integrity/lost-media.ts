import { Injectable } from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { StoreName } from '../../platform/config/store-settings.js';
import type { MediaGroup } from '../../platform/storage/media-group.js';
import type { MediaOwner, PartKind } from './media-owner.js';

/** Media that a song or an album refers to and its store does not have as it was stored. */
@Schema({ collection: 'lost_media', versionKey: false })
export class LostMedia {
  /** The key, or with a trailing "/" the prefix. */
  @Prop({ type: String })
  _id: string;

  @Prop({ required: true, index: true })
  ownerId: string;

  @Prop({ type: String, required: true })
  ownerKind: MediaOwner['kind'];

  @Prop({ type: String, required: true })
  part: PartKind;

  @Prop({ type: String, required: true })
  store: StoreName;

  /** When it was first found missing, and has been at every look since. */
  @Prop({ required: true })
  since: Date;

  /** When it should be looked for again. */
  @Prop({ required: true, index: true })
  lookAt: Date;
}

export const LostMediaSchema = SchemaFactory.createForClass(LostMedia);

export type LostCounts = Record<PartKind, number>;

/** The list of what is missing. One look is a suspicion; what is missing at a second look counts. */
@Injectable()
export class LostMediaList {
  constructor(@InjectModel(LostMedia.name) private readonly entries: Model<LostMedia>) {}

  /** Makes the list say of this owner what a look has found: `missing`, and nothing else. */
  async note(
    owner: Pick<MediaOwner, 'kind' | 'id'>,
    missing: readonly { part: MediaGroup; kind: PartKind }[],
    now: Date,
    lookAt: Date,
  ): Promise<LostMedia[]> {
    for (const { part, kind } of missing) {
      await this.entries.updateOne(
        { _id: part.at },
        {
          $set: { ownerId: owner.id, ownerKind: owner.kind, part: kind, store: part.store, lookAt },
          $setOnInsert: { since: now },
        },
        { upsert: true },
      );
    }
    const places = missing.map(({ part }) => part.at);
    await this.entries.deleteMany({ ownerId: owner.id, _id: { $nin: places } });
    return places.length > 0 ? this.entries.find({ ownerId: owner.id }).lean() : [];
  }

  /** Looks for what is known to be missing of this owner not before `lookAt`. */
  async putOff(ownerId: string, lookAt: Date): Promise<void> {
    await this.entries.updateMany({ ownerId }, { $set: { lookAt } });
  }

  /** Forgets what the owner does not refer to any more. */
  async keepOnly(ownerId: string, places: readonly string[]): Promise<void> {
    await this.entries.deleteMany({ ownerId, _id: { $nin: places } });
  }

  /** Owners with something that should be looked for again by now, the longest due first. */
  async due(now: Date, limit: number): Promise<Pick<MediaOwner, 'kind' | 'id'>[]> {
    const found = await this.entries
      .find({ lookAt: { $lte: now } })
      .sort({ lookAt: 1 })
      .limit(limit)
      .lean();
    const owners = new Map(found.map(({ ownerId, ownerKind }) => [ownerId, ownerKind]));
    return [...owners].map(([id, kind]) => ({ kind, id }));
  }

  /** How many songs lack a generation, by one look or more. */
  async songs(): Promise<number> {
    return (await this.entries.distinct('ownerId', { part: 'generation' })).length;
  }

  /** How many parts were missing at two looks or more. */
  async counts(confirmedBefore: Date): Promise<LostCounts> {
    const count = (part: PartKind) =>
      this.entries.countDocuments({ part, since: { $lte: confirmedBefore } }).exec();
    const [original, generation, cover] = await Promise.all([
      count('original'),
      count('generation'),
      count('cover'),
    ]);
    return { original, generation, cover };
  }

  /** Some of the owners that `counts` counts. */
  async examples(confirmedBefore: Date, limit: number): Promise<string[]> {
    const found = await this.entries
      .find({ since: { $lte: confirmedBefore } })
      .sort({ _id: 1 })
      .limit(limit)
      .lean();
    return [...new Set(found.map(({ ownerKind, ownerId }) => `${ownerKind} ${ownerId}`))];
  }
}
