import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { BadInputError, ConflictError, NotFoundError } from '../platform/errors/domain-error.js';
import { isDuplicateKey } from '../platform/mongo/duplicate-key.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { isUnanswered, untilAnswered } from '../platform/mongo/unanswered-write.js';
import { SongLoader } from '../songs/song-loader.service.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { keysBetween, MAX_KEY_LENGTH } from './order-key.js';
import { PlaylistEntry, type PlaylistEntryDocument } from './playlist-entry.schema.js';
import { PlaylistQuota, type Amount } from './playlist-quota.service.js';
import { PlaylistsService } from './playlists.service.js';

/** Each collision means that another edit succeeded, so an edit fails only after 100 faster ones. */
const TRIES = 100;
/** Maximum number of songs or entries per call. */
export const MAX_AT_ONCE = 100;

/** Where to put entries: after an entry, before an entry, or, if both are missing, at the end. */
export interface Place {
  after?: string | null;
  before?: string | null;
}

/**
 * Edits of entries. Each edit is one conditional write of one entry, so concurrent edits cannot undo each
 * other: there is no list that one of them could write back without the other's change.
 */
@Injectable()
export class EntriesService {
  constructor(
    @InjectModel(PlaylistEntry.name) private readonly entries: Model<PlaylistEntry>,
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
    const songs = await this.songs.loadAll(songIds.map((songId) => checkedId('Song', songId)));
    const missing = songs.indexOf(null);
    if (missing >= 0) throw new NotFoundError('Song', songIds[missing]);
    await this.neighbours(id, place);

    const now = new Date();
    const wanted = songs.map((song) => ({
      _id: new Types.ObjectId(),
      playlistId: new Types.ObjectId(id),
      songId: new Types.ObjectId(song!.id),
      seconds: song!.durationSeconds,
      addedAt: now,
      addedBy: new Types.ObjectId(viewer.accountId),
    }));
    await this.quota.reserve(id, viewer, amountOf(wanted));
    try {
      return await this.insert(id, wanted, place);
    } catch (error) {
      // The entries may still be written, so their reservation stays; upkeep recounts it if they are not.
      if (isUnanswered(error)) throw error;
      await this.entries.deleteMany({ _id: { $in: wanted.map(({ _id }) => _id) } });
      await this.quota.release(id, amountOf(wanted));
      throw error;
    }
  }

  /** Throws NotFoundError if the entry or its new neighbour has been removed. */
  async move(id: string, viewer: Viewer, entryId: string, place: Place): Promise<PlaylistEntry> {
    checkedId('PlaylistEntry', entryId);
    if (place.after === entryId || place.before === entryId)
      throw new BadInputError('An entry cannot stand beside itself.');
    await this.quota.reserve(checkedId('Playlist', id), viewer);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const [order] = await this.keys(id, place, 1, entryId);
      try {
        const moved = await this.entries.findOneAndUpdate(
          { _id: entryId, playlistId: id },
          { $set: { order } },
          { returnDocument: 'after' },
        );
        if (!moved) throw new NotFoundError('PlaylistEntry', entryId);
        return moved;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    }
    throw crowded();
  }

  /** Removes the entries. Idempotent: entries that no longer exist are ignored. */
  async remove(id: string, viewer: Viewer, entryIds: string[]): Promise<void> {
    checkAmount(entryIds);
    entryIds.forEach((entryId) => checkedId('PlaylistEntry', entryId));
    await this.quota.reserve(checkedId('Playlist', id), viewer);
    for (const entryId of new Set(entryIds)) {
      const removed = await this.entries.findOneAndDelete({ _id: entryId, playlistId: id });
      if (removed) await this.quota.release(id, amountOf([removed]));
    }
  }

  private async insert(
    id: string,
    wanted: (Omit<PlaylistEntry, 'id' | 'order'> & { _id: Types.ObjectId })[],
    place: Place,
  ): Promise<PlaylistEntryDocument[]> {
    const inserted: PlaylistEntryDocument[] = [];
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const rest = wanted.slice(inserted.length);
      if (rest.length === 0) return inserted;
      const keys = await this.keys(id, place, rest.length);
      try {
        const placed = rest.map((e, i) => ({ ...e, order: keys[i]! }));
        // After a lost response the repeated insert meets its own entries, which the catch block handles.
        inserted.push(...(await untilAnswered(() => this.entries.insertMany(placed))));
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Another edit (or our own insert whose response was lost) took a key. Entries before it are written; the rest
        // is inserted after them.
        const written = await this.entries
          .find({ _id: { $in: rest.map(({ _id }) => _id) } })
          .sort({ order: 1 });
        inserted.push(...written);
        if (written.length > 0) place = { after: written.at(-1)!.id };
      }
    }
    throw crowded();
  }

  private async keys(id: string, place: Place, count: number, moving?: string): Promise<string[]> {
    const [before, after] = await this.neighbours(id, place, moving);
    const keys = keysBetween(before, after, count);
    if (keys.some((key) => key.length > MAX_KEY_LENGTH)) throw crowded();
    return keys;
  }

  /** Returns the current keys on both sides of the place; null at an end. Throws NotFoundError, BadInputError. */
  private async neighbours(
    id: string,
    { after, before }: Place,
    moving?: string,
  ): Promise<[string | null, string | null]> {
    if (after && before) throw new BadInputError('Give "after" or "before", not both.');
    const others = { playlistId: id, ...(moving ? { _id: { $ne: moving } } : {}) };
    const nearest = async (order: object, direction: 1 | -1) =>
      (await this.entries.findOne({ ...others, ...order }).sort({ order: direction }))?.order ?? null;
    if (!after && !before) return [await nearest({}, -1), null];
    const anchorId = checkedId('PlaylistEntry', (after ?? before)!);
    const anchor = await this.entries.findOne({ _id: anchorId, playlistId: id });
    if (!anchor) throw new NotFoundError('PlaylistEntry', anchorId);
    return after
      ? [anchor.order, await nearest({ order: { $gt: anchor.order } }, 1)]
      : [await nearest({ order: { $lt: anchor.order } }, -1), anchor.order];
  }
}

function amountOf(entries: { seconds: number }[]): Amount {
  return { held: entries.length, seconds: entries.reduce((sum, { seconds }) => sum + seconds, 0) };
}

function checkAmount(ids: string[]): void {
  if (ids.length < 1 || ids.length > MAX_AT_ONCE)
    throw new BadInputError(`Name 1 to ${MAX_AT_ONCE} at once, not ${ids.length}.`);
}

function crowded(): ConflictError {
  return new ConflictError('Too many people are editing this position. Try again in a minute.');
}
