import { join } from 'node:path';
import mongoose from 'mongoose';
import pLimit from 'p-limit';
import type { StoreName } from '../../platform/config/store-settings.js';
import { collectionNames, createIndexes, type IndexPlan } from '../../platform/mongo/collection-copy.js';
import { DocumentWriter } from '../../platform/mongo/document-writer.js';
import { CheckedCopy } from '../../platform/storage/checked-copy.js';
import { LocalStorage } from '../../platform/storage/local/local-storage.js';
import type { MediaStorage } from '../../platform/storage/media-storage.js';
import { readLines } from './lines-file.js';
import type { BackedUpCollection, Manifest } from './manifest.js';
import { mediaList } from './media-list.js';

const { EJSON } = mongoose.mongo.BSON;
type Document = mongoose.mongo.BSON.Document;

/** Collection that holds the id of the backup while it is being restored. */
const MARKS = 'restores';
/** Collections that a server creates on its own, so that a database with only these counts as empty. */
const HARMLESS = new Set([MARKS, 'leases', 'search_marks', 'webhook_marks']);
/** Number of objects copied concurrently. */
const CONCURRENCY = 8;
/** Maximum number of objects that are queued for copying. */
const MAX_QUEUED = 64;

export class NotEmptyError extends Error {
  constructor(collection: string) {
    super(
      `The database is not empty (it has ${collection}). Restore into an empty one: set another DATA_DIR, or another ` +
        'database in MONGODB_URI; nothing was changed.',
    );
  }
}

export interface RestoreReport {
  documents: number;
  objects: number;
  /** Number of objects that an interrupted restore had already copied. */
  present: number;
}

/** Restores a verified backup into an empty installation. After an interruption, run it again and it continues. */
export class Restore {
  constructor(
    private readonly database: mongoose.mongo.Db,
    private readonly target: MediaStorage,
    private readonly folder: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Rejects with NotEmptyError before anything is written if the database is not empty. */
  async run(manifest: Manifest, onObject: (key: string) => void): Promise<RestoreReport> {
    await this.claim(manifest.id);
    const media = await this.media(manifest, onObject);
    let documents = 0;
    // Media comes first, so that no document refers to missing media. Songs come last, so that a server started too
    // early shows none.
    const songsLast = [...manifest.collections].sort(
      (a, b) => Number(a.name === 'songs') - Number(b.name === 'songs'),
    );
    for (const collection of songsLast) documents += await this.collection(collection);
    await this.database.collection(MARKS).drop();
    return { documents, ...media };
  }

  private async claim(id: string): Promise<void> {
    const marks = this.database.collection<{ _id: string }>(MARKS);
    if (await marks.findOne({ _id: id })) return;
    for (const name of await collectionNames(this.database))
      if (!HARMLESS.has(name) && (await this.database.collection(name).findOne({})))
        throw new NotEmptyError(name);
    if (await marks.findOne({})) throw new NotEmptyError('what another restore left unfinished');
    await marks.insertOne({ _id: id });
  }

  private async media(
    manifest: Manifest,
    onObject: (key: string) => void,
  ): Promise<Omit<RestoreReport, 'documents'>> {
    const copy = new CheckedCopy(new LocalStorage(join(this.folder, 'media')), this.target);
    const limit = pLimit(CONCURRENCY);
    const counts = { objects: 0, present: 0 };
    const waiting = new Set<Promise<void>>();
    let failure: unknown;
    for await (const { key, bytes, sha256 } of mediaList(join(this.folder, manifest.media.path))) {
      if (failure || this.signal.aborted) break;
      const bringing: Promise<void> = limit(() => copy.bring({ key, bytes }, { sha256, contentType: null }))
        .then(({ copied }) => {
          counts.objects++;
          if (!copied) counts.present++;
          onObject(key);
        })
        .catch((error: unknown) => void (failure ??= error))
        .finally(() => waiting.delete(bringing));
      waiting.add(bringing);
      if (waiting.size >= MAX_QUEUED) await Promise.race(waiting);
    }
    await Promise.all(waiting);
    if (failure) throw failure;
    this.signal.throwIfAborted();
    return counts;
  }

  private async collection({ name, path, indexes }: BackedUpCollection): Promise<number> {
    const collection = this.database.collection(name);
    const writer = await DocumentWriter.to(collection);
    for await (const line of readLines(join(this.folder, path))) {
      this.signal.throwIfAborted();
      const document = EJSON.parse(line, { relaxed: false }) as Document;
      await writer.write(storedIn(document, name, this.target.name));
    }
    const written = await writer.end();
    // Indexes are created after the documents, so that a unique index never sees a half-copied collection.
    await createIndexes(
      collection,
      indexes.map((index) => EJSON.deserialize(index as Document, { relaxed: true }) as IndexPlan),
    );
    return written;
  }
}

/** Sets the store of all media in a document to the one it was restored into. */
export function storedIn(document: Document, collection: string, store: StoreName): Document {
  if (collection !== 'songs' && collection !== 'albums') return document;
  const media = document as {
    original?: { store: StoreName };
    generations?: { store: StoreName }[];
    artwork?: { store: StoreName } | null;
  };
  const held = [media.original, media.artwork, ...(media.generations ?? [])];
  for (const part of held) if (part) part.store = store;
  return document;
}
