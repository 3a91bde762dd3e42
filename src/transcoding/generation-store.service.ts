import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { databaseTime } from '../platform/mongo/database-clock.service.js';
import type { Generation } from '../songs/processing/generation.schema.js';
import type { Attempt } from '../songs/processing/attempt.js';
import { MASTER_PLAYLIST, songMedia } from '../songs/media/song-media.js';
import { IMMUTABLE, MediaStorage } from '../platform/storage/media-storage.js';
import type { HlsPackage } from './hls-package.js';
import type { PackageFile } from './rendition-files.js';

/** Files stored at the same time: Cloudinary's recommendation, and enough for a disk. */
const PUTS_AT_ONCE = 8;

/** Stores a checked package in an order in which no stored playlist ever names a missing file. */
@Injectable()
export class GenerationStore {
  constructor(private readonly storage: MediaStorage) {}

  /** Calls `onProgress` with the stored share, 0 to 1. */
  async put(
    { songId, attemptId }: Attempt,
    packed: HlsPackage,
    directory: string,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<Generation> {
    let stored = 0;
    const limit = pLimit(PUTS_AT_ONCE);
    const put = async ({ path, contentType }: PackageFile): Promise<void> => {
      signal.throwIfAborted();
      const key = songMedia.hls(songId, attemptId, path);
      await this.storage.putFile(key, join(directory, path), { contentType, cacheControl: IMMUTABLE });
      onProgress(++stored / packed.files.length);
    };
    for (const wave of inDependencyOrder(packed.files)) {
      const results = await Promise.allSettled(wave.map((file) => limit(put, file)));
      const failure = results.find((result) => result.status === 'rejected');
      if (failure) throw failure.reason;
    }
    return {
      id: attemptId,
      store: this.storage.name,
      createdAt: databaseTime(),
      durationSeconds: packed.durationSeconds,
      bytes: packed.files.reduce((sum, { bytes }) => sum + bytes, 0),
      renditions: packed.renditions,
      facts: packed.facts,
    };
  }
}

/** Segments and the waveform, then media playlists, then the master. */
function inDependencyOrder(files: PackageFile[]): PackageFile[][] {
  const waveOf = ({ path }: PackageFile) => (path === MASTER_PLAYLIST ? 2 : path.endsWith('.m3u8') ? 1 : 0);
  return [0, 1, 2].map((wave) => files.filter((file) => waveOf(file) === wave));
}
