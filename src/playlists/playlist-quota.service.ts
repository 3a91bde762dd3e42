import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { UnavailableError } from '../platform/errors/domain-error.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { PlaylistFullError } from './playlist-errors.js';
import { PlaylistUpkeep } from './playlist-upkeep.service.js';
import { MAX_ENTRIES, Playlist } from './playlist.schema.js';
import { PlaylistsService } from './playlists.service.js';

const POLL_MS = 100;
const LOCK_TIMEOUT_MS = 15_000;

export interface Amount {
  held: number;
  /** Playing time, seconds. */
  seconds: number;
}

const NOTHING: Amount = { held: 0, seconds: 0 };

/**
 * Limits the number of entries by the count stored in the playlist. Places are reserved before entries are written and
 * released after entries are removed, so the count is never too low: a crash can only leave it too high, until upkeep
 * recounts.
 */
@Injectable()
export class PlaylistQuota {
  constructor(
    @InjectModel(Playlist.name) private readonly model: Model<Playlist>,
    private readonly playlists: PlaylistsService,
    private readonly upkeep: PlaylistUpkeep,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * Begins an edit. In one write it sets the time of the last edit (upkeep works only on playlists at rest), reserves
   * places and checks once more that the viewer may edit. Waits while upkeep shortens keys. Throws NotFoundError,
   * ForbiddenError, PlaylistFullError, or UnavailableError after waiting LOCK_TIMEOUT_MS.
   */
  async reserve(id: string, viewer: Viewer, places: Amount = NOTHING): Promise<void> {
    const deadline = Date.now() + LOCK_TIMEOUT_MS;
    let recounted = false;
    for (;;) {
      const now = await this.clock.now();
      const { matchedCount } = await this.model.updateOne(
        {
          _id: id,
          state: 'LIVE',
          members: new Types.ObjectId(viewer.accountId),
          held: { $lte: MAX_ENTRIES - places.held },
          $or: [{ arrangingUntil: null }, { arrangingUntil: { $lt: now } }],
        },
        {
          $inc: { held: places.held, durationSeconds: places.seconds },
          $set: { touchedAt: now, countedAt: null, arrangingUntil: null },
        },
      );
      if (matchedCount === 1) return;
      const playlist = await this.playlists.getFor('edit', id, viewer);
      if (playlist.arrangingUntil && playlist.arrangingUntil >= now) {
        if (Date.now() > deadline) throw new UnavailableError('This playlist is being tidied up; try again.');
        await sleep(POLL_MS);
      } else if (playlist.held + places.held > MAX_ENTRIES) {
        if (recounted || !(await this.upkeep.recount(id))) throw new PlaylistFullError();
        recounted = true;
      }
    }
  }

  async release(id: string, { held, seconds }: Amount): Promise<void> {
    if (held === 0) return;
    await this.model.updateOne({ _id: id }, { $inc: { held: -held, durationSeconds: -seconds } });
  }
}
