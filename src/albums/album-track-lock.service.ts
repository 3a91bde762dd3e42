import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { every, retry } from '../platform/async/retry.js';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { ConflictError, NotFoundError } from '../platform/errors/domain-error.js';
import { AlbumRepository } from './album.repository.js';
import { Album } from './album.schema.js';

/** How a caller waits for the lock. */
const WAIT = {
  ...every(50),
  withinMs: 5_000,
  isTransient: (error: unknown) => error instanceof ConflictError,
};

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
   * ConflictError after waiting for five seconds, or the error of `work`.
   */
  async withLock(albumId: string, work: () => Promise<void>): Promise<boolean> {
    const holder = randomUUID();
    await retry(() => this.acquire(albumId, holder), WAIT);
    try {
      await work();
    } finally {
      await this.repository.unlockTracks(albumId, holder);
    }
    return (await this.albums.exists({ _id: albumId })) !== null;
  }

  /** Throws NotFoundError, or ConflictError while another call has the lock. */
  private async acquire(albumId: string, holder: string): Promise<void> {
    if (await this.repository.lockTracks(albumId, holder, await this.clock.now())) return;
    if (!(await this.albums.exists({ _id: albumId }))) throw new NotFoundError('Album', albumId);
    throw new ConflictError('Somebody else is setting the tracks of this album. Try again in a moment.');
  }
}
