import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { UnavailableError } from '../platform/errors/domain-error.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { PlaylistFullError } from './playlist-errors.js';
import { NOTHING, obstacleTo, type Amount } from './playlist-reservation.js';
import { PlaylistUpkeep } from './playlist-upkeep.service.js';
import { PlaylistRepository } from './playlist.repository.js';
import { PlaylistsService } from './playlists.service.js';

const POLL_MS = 100;
const LOCK_TIMEOUT_MS = 15_000;

/** Limits the number of entries: an edit reserves its places before it writes (playlist-reservation.ts). */
@Injectable()
export class PlaylistQuota {
  constructor(
    private readonly repository: PlaylistRepository,
    private readonly playlists: PlaylistsService,
    private readonly upkeep: PlaylistUpkeep,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * Begins an edit. In one write it sets the time of the last edit, reserves places and checks once more that the
   * viewer may edit. Waits while keys are being shortened, and recounts a full playlist once. Throws NotFoundError,
   * ForbiddenError, PlaylistFullError, or UnavailableError after waiting LOCK_TIMEOUT_MS.
   */
  async reserve(id: string, viewer: Viewer, amount: Amount = NOTHING): Promise<void> {
    const began = performance.now();
    let recounted = false;
    for (;;) {
      const now = await this.clock.now();
      if (await this.repository.beginEdit(id, viewer.accountId, amount, now)) return;
      const playlist = await this.playlists.getFor('edit', id, viewer);
      const obstacle = obstacleTo(amount, playlist, now);
      if (obstacle === 'SHORTENING') {
        if (performance.now() - began > LOCK_TIMEOUT_MS)
          throw new UnavailableError('This playlist is being tidied up; try again.');
        await sleep(POLL_MS);
      } else if (obstacle === 'FULL') {
        if (recounted || !(await this.upkeep.recount(id))) throw new PlaylistFullError();
        recounted = true;
      }
    }
  }

  async release(id: string, amount: Amount): Promise<void> {
    if (amount.held > 0) await this.repository.release(id, amount);
  }
}
