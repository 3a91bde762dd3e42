import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { Song } from '../songs/song.schema.js';
import { OrderKeyShortening } from './order-key-shortening.service.js';
import { PlaylistEntry } from './playlist-entry.schema.js';
import { PlaylistEntryRepository } from './playlist-entry.repository.js';
import { reconcile, shorterKeys, type CountedEntry } from './playlist-recount.js';
import { amountOf, REST_MS } from './playlist-reservation.js';
import { PlaylistRepository } from './playlist.repository.js';
import { Playlist, type PlaylistDocument } from './playlist.schema.js';
import { durationsOf } from './song-durations.js';

/**
 * Counts a playlist's entries and repairs them on the way. May run in any number of processes at once: each of its
 * writes is conditional, and only a count that no edit has overtaken is stored.
 */
@Injectable()
export class PlaylistRecount {
  constructor(
    @InjectModel(Playlist.name) private readonly playlists: Model<Playlist>,
    @InjectModel(PlaylistEntry.name) private readonly entries: Model<PlaylistEntry>,
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly playlistRepository: PlaylistRepository,
    private readonly entryRepository: PlaylistEntryRepository,
    private readonly shortening: OrderKeyShortening,
    private readonly clock: DatabaseClock,
  ) {}

  /** Resolves to false if the playlist is not at rest or was edited meanwhile. */
  async run(id: string): Promise<boolean> {
    const seen = await this.findAtRest(id);
    if (!seen) return false;
    const kept = await this.removeOrphans(await this.entriesOf(seen));
    const changes = shorterKeys(kept);
    if (changes.length > 0) await this.shortening.run(seen, changes);
    return this.playlistRepository.setCount(seen, amountOf(kept));
  }

  private async findAtRest(id: string): Promise<PlaylistDocument | null> {
    const restedSince = await this.clock.ago(REST_MS);
    return this.playlists.findOne({ _id: id, state: 'LIVE', touchedAt: { $lt: restedSince } });
  }

  private entriesOf({ _id }: PlaylistDocument): Promise<CountedEntry[]> {
    return this.entries
      .find({ playlistId: _id })
      .select({ songId: 1, order: 1, seconds: 1 })
      .sort({ order: 1 })
      .lean<CountedEntry[]>()
      .exec();
  }

  /** Deletes entries whose song was deleted; returns the others with the present playing times of their songs. */
  private async removeOrphans(entries: CountedEntry[]): Promise<CountedEntry[]> {
    const { kept, ...corrections } = reconcile(entries, await durationsOf(this.songs, entries));
    await this.entryRepository.correct(corrections);
    return kept;
  }
}
