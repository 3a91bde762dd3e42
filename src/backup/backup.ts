import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { coverPart } from '../artwork/cover-part.js';
import type { Artwork } from '../artwork/artwork.js';
import { NotFoundError } from '../common/domain-error.js';
import { collectionNames, documentsOf, indexesOf } from '../embedded/database/copying.js';
import { songParts } from '../songs/song-parts.js';
import type { Song } from '../songs/song.js';
import { LocalStorage } from '../storage/local-storage.js';
import { MediaIncompleteError, type MediaPart } from '../storage/media-part.js';
import type { MediaStorage } from '../storage/media-storage.js';
import { BackupMedia, pruneMedia } from './backup-media.js';
import { LinesFile } from './lines-file.js';
import { findManifest, writeManifest, type BackedUpCollection, type Manifest } from './manifest.js';
import { EarlierList, mediaList, type ListedObject } from './media-list.js';

const { EJSON } = mongoose.mongo.BSON;
type Document = mongoose.mongo.BSON.Document;

/**
 * What a backup leaves out: whose turn something is, what lies about in the store that was backed up, and sessions. A
 * session that was ended since must not come back to life; people sign in again.
 */
const LEFT_OUT = new Set([
  'leases',
  'sessions',
  'unreferenced_media',
  'unreferenced_album_media',
  'moved_media',
]);

/** Collections whose documents own media; last, and each document after its media. */
const OWNERS: Readonly<Record<string, (id: string, document: Document) => MediaPart[]>> = {
  albums: (_id, { artwork }) => (artwork ? [coverPart(artwork as Artwork)] : []),
  songs: (id, document) => songParts(id, document as Song),
};
const PAGE = 50;

export interface BackupReport {
  manifest: Manifest;
  copied: number;
  copiedBytes: number;
  /** Deleted while the backup ran. */
  gone: number;
  pruned: number;
}

export interface BackupProgress {
  total(owners: number): void;
  begins(title: string): void;
  done(): void;
}

/** A copy of database and media in a folder, made while the house goes on; a second one copies only what is new. */
export class Backup {
  private gone = 0;

  constructor(
    private readonly database: mongoose.mongo.Db,
    private readonly house: MediaStorage,
    private readonly folder: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Rejects before anything is written when the database is empty: most likely it is not the one that was meant. */
  async run(progress: BackupProgress): Promise<BackupReport> {
    const names = (await collectionNames(this.database)).filter((name) => !LEFT_OUT.has(name));
    if ((await this.count(names)) === 0)
      throw new Error(
        'The database is empty, so there is nothing to back up. Set DATA_DIR or MONGODB_URI as the service has them; nothing was changed.',
      );
    const startedAt = new Date().toISOString();
    const id = startedAt.replaceAll(/\D/g, '');
    const data = `data-${id}`;
    await mkdir(join(this.folder, data), { recursive: true });
    // Accounts with their passwords' hashes are in it.
    await chmod(this.folder, 0o700);
    const earlier = await findManifest(this.folder);
    const storage = new LocalStorage(join(this.folder, 'media'));
    const media = new BackupMedia(
      this.house,
      storage,
      new EarlierList(earlier && join(this.folder, earlier.media.path)),
    );
    const owners = Object.keys(OWNERS).filter((name) => names.includes(name));
    progress.total(await this.count(owners));
    const collections: BackedUpCollection[] = [];
    for (const name of names.filter((other) => !owners.includes(other)))
      collections.push(await this.collection(name, data, documentsOf(this.database.collection(name))));
    const list = await this.owners(owners, data, media, progress, collections);
    const manifest = {
      format: 1 as const,
      id,
      startedAt,
      finishedAt: new Date().toISOString(),
      data,
      collections,
      media: list,
    };
    this.signal.throwIfAborted();
    await writeManifest(this.folder, manifest);
    const pruned = await this.tidy(manifest, storage);
    const { copied, copiedBytes } = media;
    return { manifest, copied, copiedBytes, gone: this.gone, pruned };
  }

  private async count(owners: readonly string[]): Promise<number> {
    const counts = await Promise.all(owners.map((name) => this.database.collection(name).countDocuments()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  private async collection(
    name: string,
    data: string,
    documents: AsyncIterable<Document>,
  ): Promise<BackedUpCollection> {
    const indexes = await indexesOf(this.database.collection(name));
    const path = `${data}/${name}.jsonl.gz`;
    let count = 0;
    const digest = await LinesFile.write(join(this.folder, path), async (file) => {
      for await (const document of documents) {
        this.signal.throwIfAborted();
        await file.line(EJSON.stringify(document, { relaxed: false }));
      }
      count = file.count;
    });
    const plans = indexes.map((index) => EJSON.serialize(index, { relaxed: false }));
    return { name, path, ...digest, documents: count, indexes: plans };
  }

  /** Albums, then songs, in the order of their ids; the list of media is written alongside. */
  private async owners(
    names: readonly string[],
    data: string,
    media: BackupMedia,
    progress: BackupProgress,
    collections: BackedUpCollection[],
  ): Promise<Manifest['media']> {
    const sums = { objects: 0, objectBytes: 0 };
    const path = `${data}/media.jsonl.gz`;
    const digest = await LinesFile.write(join(this.folder, path), async (list) => {
      const listed = async (objects: ListedObject[]): Promise<void> => {
        for (const object of objects) {
          sums.objects++;
          sums.objectBytes += object.bytes;
          await list.line(JSON.stringify(object));
        }
      };
      for (const name of names)
        collections.push(await this.collection(name, data, this.ownersOf(name, media, progress, listed)));
    });
    return { path, ...digest, ...sums };
  }

  private async *ownersOf(
    name: string,
    media: BackupMedia,
    progress: BackupProgress,
    listed: (objects: ListedObject[]) => Promise<void>,
  ): AsyncIterable<Document> {
    const collection = this.database.collection(name);
    let last: unknown;
    for (;;) {
      // In pages: a cursor would not live as long as media can take.
      const page = await collection
        .find(last ? { _id: { $gt: last as mongoose.mongo.ObjectId } } : {}, {
          promoteValues: false,
          bsonRegExp: true,
        })
        .sort({ _id: 1 })
        .limit(PAGE)
        .toArray();
      for (const read of page) {
        progress.begins(String(read['title']));
        const whole = await this.withMedia(name, read, media);
        if (whole) {
          await listed(whole.objects);
          yield whole.document;
        } else this.gone++;
        progress.done();
      }
      if (page.length < PAGE) return;
      last = page.at(-1)?._id;
    }
  }

  /** The document after its media is in the backup: as it was read, or as it is since. Null when it was deleted. */
  private async withMedia(
    name: string,
    read: Document,
    media: BackupMedia,
  ): Promise<{ document: Document; objects: ListedObject[] } | null> {
    const id = String(read['_id']);
    for (let document: Document | null = read; document;) {
      this.signal.throwIfAborted();
      const parts = OWNERS[name]?.(id, plain(document)) ?? [];
      try {
        return { document, objects: await media.bring(`${name}/${id}/`, parts) };
      } catch (error) {
        if (!(error instanceof NotFoundError || error instanceof MediaIncompleteError)) throw error;
        const now: Document | null = await this.database
          .collection(name)
          .findOne({ _id: document['_id'] }, { promoteValues: false, bsonRegExp: true });
        // Replaced or removed since it was read; else the house itself has lost it.
        if (now && JSON.stringify(OWNERS[name]?.(id, plain(now))) === JSON.stringify(parts))
          throw new Error(
            `Media of the ${name.slice(0, -1)} "${String(read['title'])}" (${id}) is missing in the store.`,
            { cause: error },
          );
        document = now;
      }
    }
    return null;
  }

  /** Only now: until the manifest stood, the backup of before did. */
  private async tidy({ data, media }: Manifest, storage: MediaStorage): Promise<number> {
    for (const name of await readdir(this.folder))
      if (name.startsWith('data-') && name !== data)
        await rm(join(this.folder, name), { recursive: true, force: true });
    return pruneMedia(storage, mediaList(join(this.folder, media.path)));
  }
}

/** Numbers as numbers again. */
function plain(document: Document): Document {
  return EJSON.deserialize(EJSON.serialize(document, { relaxed: true }), { relaxed: true });
}
