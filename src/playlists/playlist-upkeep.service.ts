import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock, databaseTime } from '../platform/mongo/database-clock.service.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { PlaylistEntryRepository } from './playlist-entry.repository.js';
import { PlaylistRecount } from './playlist-recount.service.js';
import { isRecountDue } from './playlist-reservation.js';
import { PlaylistRepository } from './playlist.repository.js';
import { Playlist, type PlaylistDocument } from './playlist.schema.js';

const ROUND_MS = 5 * 60_000;
/** Playlists removed per round. */
const MAX_REMOVED = 500;

/**
 * Decides when what crashes, deleted songs and thousands of insertions leave behind is repaired: counts and keys when a
 * page of a playlist's entries is read, unfinished playlists every few minutes. May run in any number of processes at once.
 */
@Injectable()
export class PlaylistUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(PlaylistUpkeep.name);
  private readonly counting = new Map<string, Promise<boolean>>();
  private readonly task = new PeriodicTask({
    work: () => this.removeUnfinished(),
    pauseMs: ROUND_MS,
    onFailure: (e) => this.logFailure(e),
  });

  constructor(
    @InjectModel(Playlist.name) private readonly playlists: Model<Playlist>,
    private readonly playlistRepository: PlaylistRepository,
    private readonly entryRepository: PlaylistEntryRepository,
    private readonly counter: PlaylistRecount,
    private readonly clock: DatabaseClock,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.allSettled([this.task.stop(), ...this.counting.values()]);
  }

  /** Starts a recount in the background if one is due. Called when a page of entries is read. */
  noteReader(playlist: PlaylistDocument, missedSong = false): void {
    if (isRecountDue(playlist, databaseTime(), missedSong))
      this.recount(playlist.id).catch((e: Error) => this.logFailure(e));
  }

  /**
   * Recounts a playlist; concurrent calls share one recount. Resolves to false if the playlist is not at rest or was
   * edited meanwhile.
   */
  recount(id: string): Promise<boolean> {
    const running = this.counting.get(id) ?? this.counter.run(id).finally(() => this.counting.delete(id));
    this.counting.set(id, running);
    return running;
  }

  /** Removes all entries of a hidden playlist; the next round removes the playlist. */
  async empty(id: string): Promise<void> {
    await this.entryRepository.removeAllOf(id);
  }

  /**
   * Removes playlists whose creation or removal a crash interrupted. The document is deleted last, because entries that
   * were written late are found through it.
   */
  async removeUnfinished(): Promise<void> {
    const before = await this.clock.ago(ROUND_MS);
    const left = await this.playlists
      .find({ state: { $in: ['MAKING', 'REMOVING'] }, touchedAt: { $lt: before } })
      .limit(MAX_REMOVED);
    for (const playlist of left) {
      await this.entryRepository.removeAllOf(playlist._id);
      await this.playlistRepository.delete(playlist);
    }
  }

  private logFailure({ message }: Error): void {
    this.logger.warn(`playlists: upkeep failed: ${message}`);
  }
}
