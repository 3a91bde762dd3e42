import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { BadInputError, NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { keysBetween, MAX_KEY_LENGTH } from './order-key.js';
import { PlaylistEntry } from './playlist-entry.schema.js';
import { CrowdedPositionError } from './playlist-errors.js';

/** Where to put entries: after an entry, before an entry, or, if both are missing, at the end. */
export interface Place {
  after?: string | null;
  before?: string | null;
}

/** Finds the order keys of a place as the list is now. Another edit may take them before they are written. */
@Injectable()
export class EntryPositions {
  constructor(@InjectModel(PlaylistEntry.name) private readonly entries: Model<PlaylistEntry>) {}

  /**
   * Returns `count` free keys at the place, in order. The entry `moving` is left out of account: it will not stand
   * where it does now. Throws NotFoundError, BadInputError, CrowdedPositionError.
   */
  async freeKeys(playlistId: string, place: Place, count: number, moving?: string): Promise<string[]> {
    const [before, after] = await this.neighbours(playlistId, place, moving);
    const keys = keysBetween(before, after, count);
    if (keys.some((key) => key.length > MAX_KEY_LENGTH)) throw new CrowdedPositionError();
    return keys;
  }

  /** Returns the current keys on both sides of the place; null at an end. Throws NotFoundError, BadInputError. */
  async neighbours(
    playlistId: string,
    { after, before }: Place,
    moving?: string,
  ): Promise<[string | null, string | null]> {
    if (after && before) throw new BadInputError('Give "after" or "before", not both.');
    const others = { playlistId, ...(moving ? { _id: { $ne: moving } } : {}) };
    const nearest = async (order: object, direction: 1 | -1) =>
      (await this.entries.findOne({ ...others, ...order }).sort({ order: direction }))?.order ?? null;
    if (!after && !before) return [await nearest({}, -1), null];
    const anchorId = checkedId('PlaylistEntry', (after ?? before)!);
    const anchor = await this.entries.findOne({ _id: anchorId, playlistId });
    if (!anchor) throw new NotFoundError('PlaylistEntry', anchorId);
    return after
      ? [anchor.order, await nearest({ order: { $gt: anchor.order } }, 1)]
      : [await nearest({ order: { $lt: anchor.order } }, -1), anchor.order];
  }
}
