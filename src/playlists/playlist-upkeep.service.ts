import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { AnyBulkWriteOperation, Model, Types } from 'mongoose';
import { DatabaseClock, databaseTime } from '../platform/mongo/database-clock.js';
import { Song } from '../songs/song.js';
import { keysBetween } from './order-key.js';
import { PlaylistEntry } from './playlist-entry.js';
import { Playlist, type PlaylistDocument } from './playlist.js';

/** No edit is under way in a list untouched for this long: the driver gives up on a write after half of it. */
const REST_MS = 60_000;
/** How old a count may be before a reader has it made anew: songs may have gone or changed. */
const COUNT_AGE_MS = 3_600_000;
const ROUND_MS = 5 * 60_000;
const ARRANGING_MS = 20_000;
/** Keys longer than this are shortened when the list is at rest. */
const LONG_KEY = 40;
const CHUNK = 500;

type LeanEntry = Pick<PlaylistEntry, 'songId' | 'order' | 'seconds'> & { _id: Types.ObjectId };

/** Puts right what crashes, deleted songs and thousands of insertions at one place leave behind. Safe to run anywhere, any time. */
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

  /** A reader came by: has the list counted when that is due, without letting the reader wait. */
  noteReader(playlist: PlaylistDocument, sawMissingSong = false): void {
    // About: whether it is due at all. The count itself asks the database.
    const now = databaseTime().getTime();
    const age = now - (playlist.countedAt?.getTime() ?? 0);
    const isAtRest = playlist.touchedAt.getTime() < now - REST_MS;
    if (isAtRest && (sawMissingSong || age > COUNT_AGE_MS))
      void this.quietly(() => this.recount(playlist.id));
  }

  /** Counts the entries of a list at rest, and drops those whose song is gone; false when it is not at rest. */
  recount(id: string): Promise<boolean> {
    const running = this.counting.get(id) ?? this.count(id).finally(() => this.counting.delete(id));
    this.counting.set(id, running);
    return running;
  }

  /** Removes the entries of a hidden playlist. */
  async empty(id: string): Promise<void> {
    await this.entries.deleteMany({ playlistId: id });
  }

  /** Playlists whose making or removing was cut short. The document goes last: a straggler's entries are found by it. */
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
    // An edit since then has touched the list, and this count is void.
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

  /** The rest, with the playing time the songs have today. */
  private async withoutDeletedSongs(entries: LeanEntry[]): Promise<LeanEntry[]> {
    const kept: LeanEntry[] = [];
    for (let i = 0; i < entries.length; i += CHUNK) {
      const chunk = entries.slice(i, i + CHUNK);
      const songs = await this.songs
        .find({ _id: { $in: chunk.map(({ songId }) => songId) } })
        .select({ durationSeconds: 1 })
        .lean();
      const lasting = new Map(songs.map((song) => [song._id.toString(), song.durationSeconds]));
      const writes: AnyBulkWriteOperation<PlaylistEntry>[] = [];
      for (const entry of chunk) {
        const seconds = lasting.get(entry.songId.toString());
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
   * Moves the whole list, last entry first, to short keys behind its end: after every single write the order is what it
   * was. Editors wait meanwhile (playlist-ledger.ts); should this process die, they wait 20 s and the next rest ends it.
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
    await work().catch((error: Error) => this.logger.warn(`playlists: upkeep cut short: ${error.message}`));
  }
}
