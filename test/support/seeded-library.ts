import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import mongoose from 'mongoose';
import type { MediaStorage } from '../../src/platform/storage/media-storage.js';

const { ObjectId } = mongoose.mongo;
const NO_METADATA = { contentType: 'application/octet-stream', cacheControl: '' };

export interface SeededSong {
  id: string;
  title: string;
  original: string;
  /** Prefix of its one package. */
  package: string;
  segments: string[];
}

/** Songs as a server would store them, but without transcoding: records in a database, bytes in a store. */
export class SeededLibrary {
  constructor(
    readonly database: mongoose.mongo.Db,
    private readonly store: MediaStorage,
  ) {}

  /** Ids ascend from song to song. */
  async add(title: string, { originalBytes = 300, segments = 2 } = {}): Promise<SeededSong> {
    const _id = new ObjectId();
    const id = String(_id);
    const bytes = randomBytes(originalBytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const original = `songs/${id}/original-${sha256.slice(0, 16)}.mp3`;
    const generation = 'g0000000abcdef';
    const names = Array.from(
      { length: segments },
      (_, i) => `songs/${id}/${generation}/64k/segment-0000${i}.ts`,
    );
    await this.put(original, bytes);
    for (const name of names) await this.put(name, randomBytes(100));
    const held = { store: this.store.name };
    await this.database.collection('songs').insertOne({
      _id,
      title,
      original: {
        ...held,
        key: original,
        sha256,
        bytes: originalBytes,
        contentType: 'audio/mpeg',
        codec: 'mp3',
      },
      generations: [{ ...held, id: generation, bytes: 100 * segments }],
      publishedGeneration: generation,
      artwork: null,
    });
    return { id, title, original, package: `songs/${id}/${generation}/`, segments: names };
  }

  put(key: string, bytes: Buffer): Promise<void> {
    return this.store.put(key, Readable.from([bytes]), NO_METADATA);
  }

  /** Replaces the object's bytes by other bytes of the same length. */
  async damage(key: string): Promise<void> {
    const { bytes } = await this.store.stat(key);
    await this.put(key, randomBytes(bytes));
  }
}
