import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { ConflictError, NotFoundError } from '../platform/errors/domain-error.js';
import { AlbumRepository } from './album.repository.js';
import { Album } from './album.schema.js';

/** Time after which a lock expires, so that a killed process blocks an album no longer than this, milliseconds. */
const LOCK_TTL_MS = 30_000;
/** How long a caller waits for the lock, milliseconds. */
const LOCK_TIMEOUT_MS = 5_000;
const POLL_MS = 50;

/**
 * Lock for setting the track list of an album. That takes many writes; under the lock, the last of several concurrent
 * calls wins as a whole.
 */
@Injectable()
export class AlbumTrackLock {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly repository: AlbumRepository,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * Runs `work` under the lock. Resolves to whether the album still existed afterwards. Throws NotFoundError,
   * ConflictError after waiting LOCK_TIMEOUT_MS, or the error of `work`.
   */
  async withLock(albumId: string, work: () => Promise<void>): Promise<boolean> {
    const holder = randomUUID();
    await this.acquire(albumId, holder);
    try {
      await work();
    } finally {
      await this.repository.unlockTracks(albumId, holder);
    }
    return (await this.albums.exists({ _id: albumId })) !== null;
  }

  private async acquire(albumId: string, holder: string): Promise<void> {
    const deadline = Date.now() + LOCK_TIMEOUT_MS;
    for (;;) {
      const now = await this.clock.now();
      const until = new Date(now.getTime() + LOCK_TTL_MS);
      if (await this.repository.lockTracks(albumId, holder, now, until)) return;
      if (!(await this.albums.exists({ _id: albumId }))) throw new NotFoundError('Album', albumId);
      if (Date.now() > deadline)
        throw new ConflictError('Somebody else is setting the tracks of this album. Try again in a moment.');
      await sleep(POLL_MS);
    }
  }
}
