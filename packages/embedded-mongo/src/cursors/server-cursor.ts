const MAX_BATCH_BYTES = 16 * 1024 * 1024;

export interface Batch {
  readonly documents: Buffer[];
  readonly exhausted: boolean;
}

/** A query's result, read in batches on request. */
export class ServerCursor {
  lastUsed = Date.now();
  busy = false;
  private waiting: Buffer[] = [];
  private given = 0;
  private ended = false;

  constructor(
    readonly namespace: string,
    private readonly source: AsyncIterator<Buffer[]>,
    /** The query's limit. With a limit, the batch that reaches it already reports the cursor as exhausted. */
    private readonly total: number = Infinity,
  ) {}

  async next(limit: number): Promise<Batch> {
    const documents: Buffer[] = [];
    let size = 0;
    while (documents.length < limit && (await this.fill())) {
      const document = this.waiting[0]!;
      if (documents.length > 0 && size + document.length > MAX_BATCH_BYTES) break;
      this.waiting.shift();
      documents.push(document);
      size += document.length;
    }
    this.given += documents.length;
    this.lastUsed = Date.now();
    const exhausted = this.given >= this.total || (this.ended && this.waiting.length === 0);
    if (exhausted) await this.close();
    return { documents, exhausted };
  }

  async close(): Promise<void> {
    this.ended = true;
    this.waiting = [];
    await this.source.return?.();
  }

  private async fill(): Promise<boolean> {
    while (this.waiting.length === 0 && !this.ended) {
      const { value, done } = await this.source.next();
      if (done) this.ended = true;
      else this.waiting = value;
    }
    return this.waiting.length > 0;
  }
}
