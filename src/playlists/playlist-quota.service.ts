import { Injectable } from '@nestjs/common';
import { every, retry } from '../platform/async/retry.js';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { UnavailableError } from '../platform/errors/domain-error.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { PlaylistFullError } from './playlist-errors.js';
import { NOTHING, obstacleTo, type Amount } from './playlist-reservation.js';
import { PlaylistUpkeep } from './playlist-upkeep.service.js';
import { PlaylistRepository } from './playlist.repository.js';
import { PlaylistsService } from './playlists.service.js';

/** The keys of the playlist are being shortened. */
class ShorteningError extends UnavailableError {
  constructor() {
    super('This playlist is being tidied up; try again.');
  }
}

/** An edit waits for the end of a shortening. */
const WAIT = {
  ...every(100),
  withinMs: 15_000,
  isTransient: (error: unknown) => error instanceof ShorteningError,
};

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
   * ForbiddenError, PlaylistFullError, or UnavailableError after waiting for 15 s.
   */
  async reserve(id: string, viewer: Viewer, amount: Amount = NOTHING): Promise<void> {
    await retry(() => this.reserveNow(id, viewer, amount), WAIT);
  }

  private async reserveNow(id: string, viewer: Viewer, amount: Amount): Promise<void> {
    let recounted = false;
    for (;;) {
      const now = await this.clock.now();
      if (await this.repository.beginEdit(id, viewer.accountId, amount, now)) return;
      const playlist = await this.playlists.getFor('edit', id, viewer);
      const obstacle = obstacleTo(amount, playlist, now);
      if (obstacle === 'SHORTENING') throw new ShorteningError();
      if (obstacle === 'FULL') {
        if (recounted || !(await this.upkeep.recount(id))) throw new PlaylistFullError();
        recounted = true;
      }
    }
  }

  async release(id: string, amount: Amount): Promise<void> {
    if (amount.held > 0) await this.repository.release(id, amount);
  }
}
