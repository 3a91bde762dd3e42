import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { databaseTime } from '../platform/mongo/database-clock.service.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { artistToken, foldedKey, searchWordsOf } from '../songs/search-words.js';
import { SongRepository, type SearchableSong } from '../songs/song.repository.js';
import { Song } from '../songs/song.schema.js';
import { Artist, artistIdOf } from './artist.schema.js';
import { SearchMark } from './search-mark.schema.js';

const EVERY_MS = 5_000;
/** Upper bound of the difference between two processes' database clocks plus the duration of a write, milliseconds. */
const OVERLAP_MS = 60_000;
const BATCH = 500;
const CHECKED_PER_ROUND = 20;
/** Id of the search mark. Change it when search words are built differently: the next round then reads all songs. */
const MARK = 'songs-3';

/**
 * Keeps the collection of artists in step with the artist names of the songs. Every round reads the songs changed since
 * the last round and checks the artists checked longest ago, removing those without songs. All writes are derived from
 * the songs, so any number of processes may run it concurrently, and one that dies leaves nothing to repair.
 */
@Injectable()
export class ArtistRegister implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ArtistRegister.name);
  private readonly task = new PeriodicTask({
    work: (signal) => this.round(signal),
    pauseMs: EVERY_MS,
    onFailure: (e) => this.logFailure(e),
  });
  private failing = false;
  private closing = false;

  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    @InjectModel(Artist.name) private readonly artists: Model<Artist>,
    @InjectModel(SearchMark.name) private readonly marks: Model<SearchMark>,
    private readonly repository: SongRepository,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
    this.task.runSoon();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    await this.task.stop();
  }

  private async round(signal: AbortSignal): Promise<void> {
    await this.follow(signal);
    await this.check(signal);
    this.failing = false;
  }

  /** Logs the first of several failures in a row, and none that comes from the end of the process. */
  private logFailure(error: Error): void {
    if (!this.failing && !this.closing)
      this.logger.warn(`updating artists failed, will retry: ${error.message}`);
    this.failing = true;
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const mark = await this.marks.findById(MARK).lean();
    const changed = mark ? { updatedAt: { $gte: new Date(mark.upTo.getTime() - OVERLAP_MS) } } : {};
    const started = databaseTime();
    const names = new Map<string, string>();
    const cursor = this.songs
      .find(changed, { title: 1, artist: 1, albumTitle: 1, ...(mark ? {} : { searchWords: 1 }) })
      .lean()
      .cursor({ batchSize: BATCH });
    let stale: SearchableSong[] = [];
    for await (const song of cursor) {
      if (signal.aborted) return;
      if (song.artist) names.set(foldedKey(song.artist), song.artist);
      if (names.size >= BATCH) await this.enter(names);
      if (mark) continue;
      const searchWords = searchWordsOf(song);
      if (same(searchWords, song.searchWords)) continue;
      stale.push({ ...song, searchWords });
      if (stale.length < BATCH) continue;
      await this.repository.refreshSearchWords(stale);
      stale = [];
    }
    await this.enter(names);
    await this.repository.refreshSearchWords(stale);
    await this.marks.updateOne({ _id: MARK }, { $max: { upTo: started } }, { upsert: true });
  }

  /** Adds artists that do not exist yet, and empties `names`. */
  private async enter(names: Map<string, string>): Promise<void> {
    if (names.size === 0) return;
    const byId = new Map([...names.values()].map((name) => [artistIdOf(name).toString(), name]));
    names.clear();
    const known = await this.artists.find({ _id: { $in: [...byId.keys()] } }, { _id: 1 }).lean();
    for (const { _id } of known) byId.delete(String(_id));
    if (byId.size === 0) return;
    const checkedAt = databaseTime();
    const writes = [...byId].map(([id, name]) => {
      const searchWords = searchWordsOf({ title: name, artist: null, albumTitle: null });
      return {
        updateOne: {
          filter: { _id: id },
          update: { $setOnInsert: { name, searchWords, checkedAt } },
          upsert: true,
        },
      };
    });
    await this.artists.bulkWrite(writes as never, { ordered: false });
  }

  private async check(signal: AbortSignal): Promise<void> {
    const due = await this.artists
      .find({}, { name: 1 })
      .sort({ checkedAt: 1 })
      .limit(CHECKED_PER_ROUND)
      .lean();
    const checkedAt = databaseTime();
    const alive: unknown[] = [];
    for (const { _id, name } of due) {
      if (signal.aborted) return;
      // If a song is added between these two calls, the next `follow` adds the artist again.
      if (await this.songs.exists({ searchWords: artistToken(name) })) alive.push(_id);
      else await this.artists.deleteOne({ _id });
    }
    if (alive.length > 0) await this.artists.updateMany({ _id: { $in: alive } }, { $set: { checkedAt } });
  }
}

function same(a: readonly string[], b: readonly string[] | undefined): boolean {
  return a.length === b?.length && a.every((word, i) => word === b[i]);
}
