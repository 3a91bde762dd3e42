import { Injectable, Logger } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../../platform/mongo/database-clock.service.js';
import { untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { songMedia } from './song-media.js';
import { UnreferencedEntry } from './unreferenced-entry.schema.js';
import { ProcessingState } from '../processing/processing.schema.js';
import type { Song } from '../song.schema.js';

/** An entry as it was read. If `removeAfter` differs when it is removed, the entry was renewed meanwhile and stays. */
export interface DueEntry {
  key: string;
  songId: string;
  removeAfter: Date;
}

/**
 * The cleanup list, which keeps storage clean without ever listing it: a key is entered before its first byte is
 * written and before its last reference is removed, so a crash at any point leaves an entry and the sweep removes the
 * files. The sweep checks the song again before it removes anything, so a superfluous entry never deletes media in
 * use.
 */
@Injectable()
export class UnreferencedMedia {
  private readonly logger = new Logger(UnreferencedMedia.name);

  constructor(
    @InjectModel(UnreferencedEntry.name) private readonly entries: Model<UnreferencedEntry>,
    private readonly clock: DatabaseClock,
  ) {}

  /** Call before the first byte under these keys is written. The keys must never have been used before. */
  async beforeWrite(songId: string, keys: string[], graceSeconds: number): Promise<void> {
    await this.enter(songId, keys, graceSeconds, false);
  }

  /** Call before the song's last reference to these keys is removed. */
  async beforeUnreference(songId: string, keys: string[], graceSeconds: number): Promise<void> {
    await this.enter(songId, keys, graceSeconds, true);
  }

  /**
   * Call repeatedly while these keys are copied to another store, so that the copy is cleaned up if the song or the
   * copying process is gone. The removal time of an existing entry is only moved back.
   */
  async extend(songId: string, keys: string[], graceSeconds: number): Promise<void> {
    const removeAfter = await this.clock.in(graceSeconds * 1000);
    await Promise.all(
      keys.map((key) =>
        this.entries.updateOne(
          { _id: key },
          { $max: { removeAfter }, $setOnInsert: { songId, leaving: false } },
          { upsert: true },
        ),
      ),
    );
  }

  /**
   * Call when the song references the key. If the reference was replaced meanwhile, the entry of that replacement
   * stays. Never rejects: a superfluous entry costs the sweep only one query.
   */
  async referenced(key: string): Promise<void> {
    await untilAnswered(() => this.entries.deleteOne({ _id: key, leaving: { $ne: true } })).catch(
      (e: Error) =>
        this.logger.warn(`cleanup entry could not be removed now, the sweep will retry: ${e.message}`),
    );
  }

  /** Removes an entry whose files are removed or in use. An entry that was renewed meanwhile stays. */
  async done({ key, removeAfter }: DueEntry): Promise<void> {
    await this.entries.deleteOne({ _id: key, removeAfter });
  }

  async dueEntries(limit: number): Promise<DueEntry[]> {
    const found = await this.entries
      .find({ removeAfter: { $lte: await this.clock.now() } })
      .sort({ removeAfter: 1 })
      .limit(limit)
      .lean();
    return found.map(({ _id, songId, removeAfter }) => ({ key: _id, songId, removeAfter }));
  }

  private async enter(songId: string, keys: string[], graceSeconds: number, leaving: boolean): Promise<void> {
    const removeAfter = await this.clock.in(graceSeconds * 1000);
    await Promise.all(
      keys.map((key) =>
        untilAnswered(() =>
          this.entries.updateOne({ _id: key }, { $set: { songId, removeAfter, leaving } }, { upsert: true }),
        ),
      ),
    );
  }
}

/** What still uses the files under `key`: the song, the attempt that is writing them now, or nothing. */
export function holderOf(song: Song | null, key: string): 'song' | 'attempt' | 'none' {
  if (!song) return 'none';
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
  return isWritten ? 'attempt' : 'none';
}
