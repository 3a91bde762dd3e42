import { Injectable } from '@nestjs/common';
import { Types } from 'mongoose';
import { BadInputError, NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { isUnanswered } from '../platform/mongo/unanswered-write.js';
import { untilUnchanged } from '../platform/mongo/until-unchanged.js';
import { SongLoader } from '../songs/song-loader.service.js';
import type { Song } from '../songs/song.schema.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { EntryPositions, type Place } from './entry-positions.service.js';
import type { PlaylistEntry } from './playlist-entry.schema.js';
import { PlaylistEntryRepository, type NewEntry } from './playlist-entry.repository.js';
import { CrowdedPositionError } from './playlist-errors.js';
import { PlaylistQuota } from './playlist-quota.service.js';
import { amountOf } from './playlist-reservation.js';
import { PlaylistsService } from './playlists.service.js';

/** Each collision means that another edit succeeded, so an edit fails only after 100 faster ones. */
const TRIES = 100;
/** Maximum number of songs or entries per call. */
export const MAX_AT_ONCE = 100;

/** An entry that has no position yet. */
type Unplaced = Omit<NewEntry, 'order'>;

/**
 * Edits of entries. Each edit is one conditional write of one entry, so concurrent edits cannot undo each
 * other: there is no list that one of them could write back without the other's change.
 */
@Injectable()
export class EntriesService {
  constructor(
    private readonly repository: PlaylistEntryRepository,
    private readonly positions: EntryPositions,
    private readonly playlists: PlaylistsService,
    private readonly quota: PlaylistQuota,
    private readonly songs: SongLoader,
  ) {}

  /**
   * Adds all songs or, on an error, none. Throws BadInputError, NotFoundError (also for a song or a neighbour),
   * ForbiddenError, PlaylistFullError, ConflictError, UnavailableError.
   */
  async add(id: string, viewer: Viewer, songIds: string[], place: Place): Promise<PlaylistEntry[]> {
    checkAmount(songIds);
    await this.playlists.getFor('edit', id, viewer);
    const songs = await this.existingSongs(songIds);
    // Reveals a place that does not exist before anything is reserved.
    await this.positions.neighbours(id, place);
    const entries = newEntries(id, viewer, songs);
    await this.quota.reserve(id, viewer, amountOf(entries));
    try {
      return await this.insert(id, entries, place);
    } catch (error) {
      // The entries may still be written, so their reservation stays; upkeep recounts it if they are not.
      if (isUnanswered(error)) throw error;
      await this.repository.removeAll(entries);
      await this.quota.release(id, amountOf(entries));
      throw error;
    }
  }

  /** Throws NotFoundError if the entry or its new neighbour has been removed. */
  async move(id: string, viewer: Viewer, entryId: string, place: Place): Promise<PlaylistEntry> {
    checkedId('PlaylistEntry', entryId);
    if (place.after === entryId || place.before === entryId)
      throw new BadInputError('An entry cannot stand beside itself.');
    await this.quota.reserve(checkedId('Playlist', id), viewer);
    return untilPlaced(async () => {
      const [order] = await this.positions.freeKeys(id, place, 1, entryId);
      return this.repository.move(id, entryId, order!);
    });
  }

  /** Removes the entries. Idempotent: entries that no longer exist are ignored. */
  async remove(id: string, viewer: Viewer, entryIds: string[]): Promise<void> {
    checkAmount(entryIds);
    entryIds.forEach((entryId) => checkedId('PlaylistEntry', entryId));
    await this.quota.reserve(checkedId('Playlist', id), viewer);
    for (const entryId of new Set(entryIds)) {
      const removed = await this.repository.remove(id, entryId);
      if (removed) await this.quota.release(id, amountOf([removed]));
    }
  }

  private async existingSongs(songIds: string[]): Promise<Song[]> {
    const songs = await this.songs.loadAll(songIds.map((songId) => checkedId('Song', songId)));
    return songs.map((song, i) => {
      if (!song) throw new NotFoundError('Song', songIds[i]);
      return song;
    });
  }

  /** Inserts all entries at the place. Those that come after a taken key go behind those that were written. */
  private insert(id: string, entries: Unplaced[], place: Place): Promise<PlaylistEntry[]> {
    const written: PlaylistEntry[] = [];
    return untilPlaced(async () => {
      const rest = entries.slice(written.length);
      const last = written.at(-1);
      const keys = await this.positions.freeKeys(id, last ? { after: last.id } : place, rest.length);
      const placed = rest.map((entry, i) => ({ ...entry, order: keys[i]! }));
      written.push(...(await this.repository.insertUntilTaken(placed)));
      return written.length === entries.length ? written : null;
    });
  }
}

/** Repeats a write at a position for as long as others take its key first: `write` then resolves to null. */
async function untilPlaced<T>(write: () => Promise<T | null>): Promise<T> {
  const placed = await untilUnchanged(write, TRIES);
  if (placed === null) throw new CrowdedPositionError();
  return placed;
}

function newEntries(id: string, viewer: Viewer, songs: Song[]): Unplaced[] {
  const addedAt = new Date();
  return songs.map((song) => ({
    _id: new Types.ObjectId(),
    playlistId: new Types.ObjectId(id),
    songId: new Types.ObjectId(song.id),
    seconds: song.durationSeconds,
    addedAt,
    addedBy: new Types.ObjectId(viewer.accountId),
  }));
}

function checkAmount(ids: string[]): void {
  if (ids.length < 1 || ids.length > MAX_AT_ONCE)
    throw new BadInputError(`Name 1 to ${MAX_AT_ONCE} at once, not ${ids.length}.`);
}
