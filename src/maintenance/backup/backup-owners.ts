import mongoose from 'mongoose';
import { coverPart } from '../../artwork/artwork-images.js';
import type { Artwork } from '../../artwork/artwork.schema.js';
import { songParts } from '../../songs/song-parts.js';
import type { Song } from '../../songs/song.schema.js';
import type { MediaGroup } from '../../platform/storage/media-group.js';
import type { BackupMedia } from './backup-media.js';
import type { Incomplete } from './incomplete-media.js';
import type { ListedObject } from './media-list.js';

const { EJSON } = mongoose.mongo.BSON;
type Document = mongoose.mongo.BSON.Document;

/** Collections whose documents own media. */
const OWNERS: Readonly<Record<string, (id: string, document: Document) => MediaGroup[]>> = {
  albums: (_id, { artwork }) => (artwork ? [coverPart(artwork as Artwork)] : []),
  songs: (id, document) => songParts(id, document as Song),
};
const PAGE = 50;

/** Albums come first, as the list of media is sorted by key. */
export const OWNING = Object.keys(OWNERS);

export interface BackupProgress {
  total(owners: number): void;
  begins(title: string): void;
  done(): void;
}

/** Reads albums and songs, and yields each document after its media is in the backup. */
export class BackupOwners {
  /** Number of documents deleted while the backup ran. */
  gone = 0;
  readonly incomplete: Incomplete[] = [];

  constructor(
    private readonly database: mongoose.mongo.Db,
    private readonly media: BackupMedia,
    private readonly progress: BackupProgress,
    private readonly signal: AbortSignal,
  ) {}

  /** Yields the documents in the order of their ids. `listed` is called with the media of each before it is yielded. */
  async *of(name: string, listed: (objects: ListedObject[]) => Promise<void>): AsyncIterable<Document> {
    const collection = this.database.collection(name);
    let last: unknown;
    for (;;) {
      // Read in pages, because a cursor would expire while media is copied.
      const page = await collection
        .find(last ? { _id: { $gt: last as mongoose.mongo.ObjectId } } : {}, {
          promoteValues: false,
          bsonRegExp: true,
        })
        .sort({ _id: 1 })
        .limit(PAGE)
        .toArray();
      for (const read of page) {
        this.progress.begins(String(read['title']));
        const found = await this.withMedia(name, read);
        if (found) {
          await listed(found.objects);
          yield found.document;
        } else this.gone++;
        this.progress.done();
      }
      if (page.length < PAGE) return;
      last = page.at(-1)?._id;
    }
  }

  /** Backs up the media of a document. Resolves to its current version, or null if it was deleted meanwhile. */
  private async withMedia(
    name: string,
    read: Document,
  ): Promise<{ document: Document; objects: ListedObject[] } | null> {
    const id = String(read['_id']);
    for (let document: Document | null = read; document;) {
      this.signal.throwIfAborted();
      const parts = partsOf(name, id, document);
      const { objects, problems } = await this.media.backUp(`${name}/${id}/`, parts);
      if (problems.length === 0) return { document, objects };
      const now: Document | null = await this.database
        .collection(name)
        .findOne({ _id: document['_id'] }, { promoteValues: false, bsonRegExp: true });
      // Otherwise the media was replaced or deleted since the document was read, and nothing is lost.
      if (now && JSON.stringify(partsOf(name, id, now)) === JSON.stringify(parts)) {
        this.incomplete.push({ collection: name, id, title: String(now['title']), reasons: problems });
        return { document: now, objects };
      }
      document = now;
    }
    return null;
  }
}

const partsOf = (name: string, id: string, document: Document): MediaGroup[] =>
  OWNERS[name]?.(id, plain(document)) ?? [];

/** Converts BSON numbers into plain ones. */
function plain(document: Document): Document {
  return EJSON.deserialize(EJSON.serialize(document, { relaxed: true }), { relaxed: true });
}
