import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { collectionNames, documentsOf, indexesOf } from '../../platform/mongo/collection-copy.js';
import { LocalStorage } from '../../platform/storage/local/local-storage.js';
import type { MediaStorage } from '../../platform/storage/media-storage.js';
import type { BackupFolder } from './backup-folder.js';
import { BackupMedia } from './backup-media.js';
import { BackupOwners, OWNING, type BackupProgress } from './backup-owners.js';
import { LinesFile } from './lines-file.js';
import { writeManifest, type BackedUpCollection, type Manifest } from './manifest.js';
import { EarlierList } from './earlier-list.js';
import { mediaList, type ListedObject } from './media-list.js';
import { pruneMedia } from './prune-media.js';

const { EJSON } = mongoose.mongo.BSON;
type Document = mongoose.mongo.BSON.Document;

/**
 * Collections that are not backed up: leases, cleanup lists of the store, and sessions, because a session that was
 * ended after the backup must not be restored.
 */
const LEFT_OUT = new Set([
  'leases',
  'sessions',
  'unreferenced_media',
  'unreferenced_album_media',
  'moved_media',
]);

export interface BackupReport {
  manifest: Manifest;
  copied: number;
  copiedBytes: number;
  /** Number of songs and albums deleted while the backup ran. */
  gone: number;
  pruned: number;
}

/** Copies database and media into a folder while the service is running. Later runs copy only what is new. */
export class Backup {
  constructor(
    private readonly database: mongoose.mongo.Db,
    private readonly source: MediaStorage,
    private readonly folder: BackupFolder,
    private readonly signal: AbortSignal,
  ) {}

  /** Rejects before anything is written if the database is empty, because it is probably the wrong one. */
  async run(progress: BackupProgress): Promise<BackupReport> {
    const names = (await collectionNames(this.database)).filter((name) => !LEFT_OUT.has(name));
    if ((await this.count(names)) === 0)
      throw new Error(
        'The database is empty, so there is nothing to back up. Set DATA_DIR or MONGODB_URI as the service has them; nothing was changed.',
      );
    const library = await this.oldestAccount();
    const earlier = await this.folder.begin(library);
    const startedAt = new Date().toISOString();
    const id = startedAt.replaceAll(/\D/g, '');
    const data = `data-${id}`;
    await mkdir(join(this.folder.path, data), { mode: 0o700 });
    const storage = new LocalStorage(this.folder.media);
    const media = new BackupMedia(
      this.source,
      storage,
      new EarlierList(earlier && join(this.folder.path, earlier.media.path)),
    );
    const owning = OWNING.filter((name) => names.includes(name));
    progress.total(await this.count(owning));
    const collections: BackedUpCollection[] = [];
    for (const name of names.filter((other) => !owning.includes(other)))
      collections.push(await this.collection(name, data, documentsOf(this.database.collection(name))));
    const owners = new BackupOwners(this.database, media, progress, this.signal);
    const list = await this.owners(owning, data, owners, collections);
    const { gone, incomplete } = owners;
    const manifest = {
      format: 1 as const,
      id,
      ...(library && { library }),
      startedAt,
      finishedAt: new Date().toISOString(),
      data,
      collections,
      media: list,
      ...(incomplete.length > 0 && { incomplete }),
    };
    this.signal.throwIfAborted();
    await writeManifest(this.folder.path, manifest);
    // The previous backup is removed only after the new manifest has replaced the old one.
    await this.folder.keepOnly(data);
    const pruned = await pruneMedia(storage, mediaList(join(this.folder.path, list.path)));
    const { copied, copiedBytes } = media;
    return { manifest, copied, copiedBytes, gone, pruned };
  }

  private async oldestAccount(): Promise<string | undefined> {
    const account = await this.database
      .collection('users')
      .findOne({}, { sort: { _id: 1 }, projection: { _id: 1 } });
    return account?._id.toString();
  }

  private async count(names: readonly string[]): Promise<number> {
    const counts = await Promise.all(names.map((name) => this.database.collection(name).countDocuments()));
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
    const digest = await LinesFile.write(join(this.folder.path, path), async (file) => {
      for await (const document of documents) {
        this.signal.throwIfAborted();
        await file.line(EJSON.stringify(document, { relaxed: false }));
      }
      count = file.count;
    });
    const plans = indexes.map((index) => EJSON.serialize(index, { relaxed: false }));
    return { name, path, ...digest, documents: count, indexes: plans };
  }

  /** Writes albums, then songs, and the list of their media. */
  private async owners(
    names: readonly string[],
    data: string,
    owners: BackupOwners,
    collections: BackedUpCollection[],
  ): Promise<Manifest['media']> {
    const sums = { objects: 0, objectBytes: 0 };
    const path = `${data}/media.jsonl.gz`;
    const digest = await LinesFile.write(join(this.folder.path, path), async (list) => {
      const listed = async (objects: ListedObject[]): Promise<void> => {
        for (const object of objects) {
          sums.objects++;
          sums.objectBytes += object.bytes;
          await list.line(JSON.stringify(object));
        }
      };
      for (const name of names) collections.push(await this.collection(name, data, owners.of(name, listed)));
    });
    return { path, ...digest, ...sums };
  }
}
