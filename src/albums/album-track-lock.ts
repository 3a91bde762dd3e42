import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../platform/mongo/database-clock.js';
import { ConflictError, NotFoundError } from '../platform/errors/domain-error.js';
import { Album } from './album.js';

/** Longest one may setTracks before others stop waiting, milliseconds; a killed process blocks an album no longer. */
const LOCK_TTL_MS = 30_000;
const LOCK_TIMEOUT_MS = 5_000;
const POLL_MS = 50;

/** Setting all tracks of an album writes many songs: whoever does so takes a turn, so that of two the last one wins whole. */
@Injectable()
export class AlbumTrackLock {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly clock: DatabaseClock,
  ) {}

  /** Says whether the album was still there in the end. Throws NotFoundError, ConflictError, or what `setTracks` throws. */
  async withLock(albumId: string, setTracks: () => Promise<void>): Promise<boolean> {
    const holder = randomUUID();
    await this.acquire(albumId, holder);
    try {
      await setTracks();
    } finally {
      await this.albums.updateOne(
        { _id: albumId, arrangedBy: holder },
        { $set: { arrangedBy: null, arrangedUntil: null } },
      );
    }
    return (await this.albums.exists({ _id: albumId })) !== null;
  }

  private async acquire(albumId: string, holder: string): Promise<void> {
    const deadline = Date.now() + LOCK_TIMEOUT_MS;
    for (;;) {
      const now = await this.clock.now();
      const { matchedCount } = await this.albums.updateOne(
        { _id: albumId, $or: [{ arrangedBy: null }, { arrangedUntil: { $lte: now } }] },
        { $set: { arrangedBy: holder, arrangedUntil: new Date(now.getTime() + LOCK_TTL_MS) } },
      );
      if (matchedCount === 1) return;
      if (!(await this.albums.exists({ _id: albumId }))) throw new NotFoundError('Album', albumId);
      if (Date.now() > deadline)
        throw new ConflictError('Somebody else is setting the tracks of this album. Try again in a moment.');
      await sleep(POLL_MS);
    }
  }
}
