import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { AnyBulkWriteOperation, Model, Types } from 'mongoose';
import { DatabaseClock, databaseTime } from '../platform/mongo/database-clock.service.js';
import { Song } from '../songs/song.schema.js';
import { keysBetween } from './order-key.js';
import { PlaylistEntry } from './playlist-entry.schema.js';
import { Playlist, type PlaylistDocument } from './playlist.schema.js';

/** A playlist not edited for this long is at rest: no edit is in progress, since writes time out after half of it. */
const REST_MS = 60_000;
/** Maximum age of a count before a read triggers a recount, because songs may have been deleted or changed. */
const COUNT_AGE_MS = 3_600_000;
const ROUND_MS = 5 * 60_000;
const ARRANGING_MS = 20_000;
/** Keys longer than this are shortened when the playlist is at rest. */
const LONG_KEY = 40;
const CHUNK = 500;

type LeanEntry = Pick<PlaylistEntry, 'songId' | 'order' | 'seconds'> & { _id: Types.ObjectId };

/**
 * Repairs what crashes, deleted songs and thousands of insertions at one position leave behind. May run in any number
 * of processes at any time.
 */
@Injectable()
export class PlaylistUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(PlaylistUpkeep.name);
  private readonly counting = new Map<string, Promise<boolean>>();
  private timer?: NodeJS.Timeout;

  constructor(
    @InjectModel(Playlist.name) private readonly playlists: Model<Playlist>,
    @InjectModel(PlaylistEntry.name) private readonly entries: Model<PlaylistEntry>,
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly clock: DatabaseClock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.quietly(() => this.removeUnfinished()), ROUND_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.allSettled(this.counting.values());
  }

  /** Starts a recount in the background if one is due. Called on every read. */
  noteReader(playlist: PlaylistDocument, sawMissingSong = false): void {
    // An estimate suffices here; the recount itself uses the database's clock.
    const now = databaseTime().getTime();
    const age = now - (playlist.countedAt?.getTime() ?? 0);
    const isAtRest = playlist.touchedAt.getTime() < now - REST_MS;
    if (isAtRest && (sawMissingSong || age > COUNT_AGE_MS))
      void this.quietly(() => this.recount(playlist.id));
  }

  /**
   * Counts the entries of a playlist at rest and removes those whose song was deleted. Resolves to false if the
   * playlist is not at rest or was edited meanwhile.
   */
  recount(id: string): Promise<boolean> {
    const running = this.counting.get(id) ?? this.count(id).finally(() => this.counting.delete(id));
    this.counting.set(id, running);
    return running;
  }

  /** Removes all entries of a hidden playlist. */
  async empty(id: string): Promise<void> {
    await this.entries.deleteMany({ playlistId: id });
  }

  /**
   * Removes playlists whose creation or removal a crash interrupted. The document is deleted last, because entries that
   * were written late are found through it.
   */
  async removeUnfinished(): Promise<void> {
    const before = await this.clock.ago(ROUND_MS);
    const left = await this.playlists
      .find({ state: { $in: ['MAKING', 'REMOVING'] }, touchedAt: { $lt: before } })
      .limit(CHUNK);
    for (const { _id } of left) {
      await this.entries.deleteMany({ playlistId: _id });
      await this.playlists.deleteOne({ _id });
    }
  }

  private async count(id: string): Promise<boolean> {
    const seen = await this.playlists.findOne({
      _id: id,
      state: 'LIVE',
      touchedAt: { $lt: await this.clock.ago(REST_MS) },
    });
    if (!seen) return false;
    const entries = await this.entries
      .find({ playlistId: seen._id })
      .select({ songId: 1, order: 1, seconds: 1 })
      .sort({ order: 1 })
      .lean<LeanEntry[]>();
    const kept = await this.withoutDeletedSongs(entries);
    if (kept.some(({ order }) => order.length > LONG_KEY)) await this.shortenKeys(seen, kept);
    // If an edit has changed `touchedAt` since, this count is discarded.
    const { matchedCount } = await this.playlists.updateOne(
      { _id: seen._id, touchedAt: seen.touchedAt },
      {
        $set: {
          held: kept.length,
          durationSeconds: kept.reduce((sum, { seconds }) => sum + seconds, 0),
          countedAt: databaseTime(),
        },
      },
    );
    return matchedCount === 1;
  }

  /** Deletes entries whose song was deleted; returns the others with the current playing times of their songs. */
  private async withoutDeletedSongs(entries: LeanEntry[]): Promise<LeanEntry[]> {
    const kept: LeanEntry[] = [];
    for (let i = 0; i < entries.length; i += CHUNK) {
      const chunk = entries.slice(i, i + CHUNK);
      const songs = await this.songs
        .find({ _id: { $in: chunk.map(({ songId }) => songId) } })
        .select({ durationSeconds: 1 })
        .lean();
      const durations = new Map(songs.map((song) => [song._id.toString(), song.durationSeconds]));
      const writes: AnyBulkWriteOperation<PlaylistEntry>[] = [];
      for (const entry of chunk) {
        const seconds = durations.get(entry.songId.toString());
        if (seconds === undefined) {
          writes.push({ deleteOne: { filter: { _id: entry._id } } });
          continue;
        }
        if (seconds !== entry.seconds)
          writes.push({ updateOne: { filter: { _id: entry._id }, update: { $set: { seconds } } } });
        kept.push({ ...entry, seconds });
      }
      if (writes.length > 0) await this.entries.bulkWrite(writes);
    }
    return kept;
  }

  /**
   * Moves all entries, the last one first, to short keys after the end of the list, so that the order is unchanged
   * after every single write. Edits wait meanwhile (playlist-quota.service.ts). If this process dies, they wait at most
   * ARRANGING_MS, and the next recount completes the work.
   */
  private async shortenKeys(playlist: PlaylistDocument, entries: LeanEntry[]): Promise<void> {
    const began = performance.now();
    const until = await this.clock.in(ARRANGING_MS);
    const { matchedCount } = await this.playlists.updateOne(
      { _id: playlist._id, touchedAt: playlist.touchedAt, arrangingUntil: null },
      { $set: { arrangingUntil: until } },
    );
    if (matchedCount === 0) return;
    const keys = keysBetween(entries.at(-1)!.order, null, entries.length);
    for (let end = entries.length; end > 0 && performance.now() - began < ARRANGING_MS / 2; end -= CHUNK) {
      const from = Math.max(0, end - CHUNK);
      const writes = entries.slice(from, end).map(({ _id, order }, i) => ({
        updateOne: { filter: { _id, order }, update: { $set: { order: keys[from + i]! } } },
      }));
      await this.entries.bulkWrite(writes.reverse(), { ordered: true });
    }
    await this.playlists.updateOne(
      { _id: playlist._id, arrangingUntil: until },
      { $set: { arrangingUntil: null } },
    );
  }

  private async quietly(work: () => Promise<unknown>): Promise<void> {
    await work().catch((error: Error) => this.logger.warn(`playlists: upkeep failed: ${error.message}`));
  }
}
