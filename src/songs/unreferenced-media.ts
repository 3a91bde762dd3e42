import { Injectable } from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { songMedia } from './song-media.js';
import { ProcessingState } from './processing.js';
import type { Song } from './song.js';

/** A storage key or prefix that no song refers to yet, or any more. */
@Schema({ collection: 'unreferenced_media' })
export class UnreferencedEntry {
  /** The key, or with a trailing "/" the prefix. */
  @Prop({ type: String })
  _id: string;

  @Prop({ required: true })
  songId: string;

  @Prop({ required: true, index: true })
  removeAfter: Date;
}

export const UnreferencedEntrySchema = SchemaFactory.createForClass(UnreferencedEntry);

/**
 * The ledger that keeps storage clean without ever listing it: a prefix is entered before its first byte is written
 * and before its last reference goes, so a crash at any point leaves a line here and the sweep removes what it names.
 * Removal asks the song again, so a line too many never costs media.
 */
@Injectable()
export class UnreferencedMedia {
  constructor(@InjectModel(UnreferencedEntry.name) private readonly entries: Model<UnreferencedEntry>) {}

  async enter(songId: string, keys: string[], graceSeconds: number): Promise<void> {
    const removeAfter = new Date(Date.now() + graceSeconds * 1000);
    await Promise.all(
      keys.map((key) =>
        this.entries.updateOne({ _id: key }, { $set: { songId, removeAfter } }, { upsert: true }),
      ),
    );
  }

  async drop(key: string): Promise<void> {
    await this.entries.deleteOne({ _id: key });
  }

  async due(limit: number): Promise<{ key: string; songId: string }[]> {
    const found = await this.entries
      .find({ removeAfter: { $lte: new Date() } })
      .sort({ removeAfter: 1 })
      .limit(limit)
      .lean();
    return found.map(({ _id, songId }) => ({ key: _id, songId }));
  }
}

/** Who still needs what is stored under `key`: the song, the attempt that is writing it just now, or nobody. */
export function holderOf(song: Song | null, key: string): 'song' | 'attempt' | 'nobody' {
  if (!song) return 'nobody';
  const { state, attemptId } = song.processing;
  const kept = [
    songMedia.all(song.id),
    song.original.key,
    ...(song.artwork ? [song.artwork.prefix] : []),
    ...song.generations.map(({ id }) => songMedia.generation(song.id, id)),
  ];
  if (kept.includes(key)) return 'song';
  const isWritten =
    state === ProcessingState.TRANSCODING && attemptId && key === songMedia.generation(song.id, attemptId);
  return isWritten ? 'attempt' : 'nobody';
}
