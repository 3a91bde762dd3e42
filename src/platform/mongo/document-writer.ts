import type mongoose from 'mongoose';

type Collection = mongoose.mongo.Collection;
type Document = mongoose.mongo.BSON.Document;

const BATCH = 500;
const COLLECTION_EXISTS = 48;

/** Writes documents in batches, replacing those with the same _id, so that a repetition has the same result. */
export class DocumentWriter {
  private batch: mongoose.mongo.AnyBulkWriteOperation[] = [];
  private written = 0;

  private constructor(private readonly target: Collection) {}

  static async to(target: Collection): Promise<DocumentWriter> {
    await target.db.createCollection(target.collectionName).catch((error: { code?: number }) => {
      if (error.code !== COLLECTION_EXISTS) throw error;
    });
    return new DocumentWriter(target);
  }

  async write(document: Document): Promise<void> {
    this.batch.push({
      replaceOne: { filter: { _id: document['_id'] }, replacement: document, upsert: true },
    });
    if (this.batch.length === BATCH) await this.flush();
  }

  /** Resolves with the number of written documents. */
  async end(): Promise<number> {
    await this.flush();
    return this.written;
  }

  private async flush(): Promise<void> {
    if (this.batch.length > 0) await this.target.bulkWrite(this.batch, { ordered: false });
    this.written += this.batch.length;
    this.batch = [];
  }
}
