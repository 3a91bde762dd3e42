import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type CreateMultipartUploadCommandOutput,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Older than any upload can still be running, milliseconds. */
const ABANDONED_MS = 24 * 3600_000;

/** What a store's clock may round away, milliseconds. */
const ROUNDING_MS = 1_000;

type Persist = <T>(work: () => Promise<T>) => Promise<T>;
type Send = (command: Parameters<S3Client['send']>[0]) => Promise<unknown>;

/** Multi-part uploads: nobody sees their parts before they are whole, and who forgets one is billed for them. */
export class S3Parts {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly persist: Persist,
  ) {}

  /** For lib-storage, whose parts are in memory and can be sent again. */
  persistentClient(): S3Client {
    const send: Send = (command) =>
      command instanceof CreateMultipartUploadCommand
        ? this.begin(command)
        : this.persist(() => (this.client.send as Send)(command));
    return Object.create(this.client, { send: { value: send } }) as S3Client;
  }

  /** Takes away what a crash left. */
  async sweep(): Promise<void> {
    for (const upload of await this.unfinished('')) {
      if (Date.now() - (upload.Initiated as Date).getTime() >= ABANDONED_MS) await this.abort(upload);
    }
  }

  /** An upload that was begun, but whose answer was lost, would stay: its number is known to nobody. */
  private async begin(command: CreateMultipartUploadCommand): Promise<CreateMultipartUploadCommandOutput> {
    const beganAt = Date.now();
    let tries = 0;
    const begun = await this.persist(() => {
      tries++;
      return this.client.send(command);
    });
    if (tries > 1) await this.abortEarlierThan(begun, Date.now() - beganAt + ROUNDING_MS);
    return begun;
  }

  /** Of the same key, begun within the `ms` before: a key is written by one, and its earlier tries are our own. */
  private async abortEarlierThan(
    { Key, UploadId }: CreateMultipartUploadCommandOutput,
    ms: number,
  ): Promise<void> {
    const same = (await this.unfinished(Key as string)).filter((upload) => upload.Key === Key);
    const ours = same.find((upload) => upload.UploadId === UploadId)?.Initiated?.getTime();
    if (ours === undefined) return;
    for (const upload of same) {
      const age = ours - (upload.Initiated as Date).getTime();
      if (upload.UploadId !== UploadId && age >= 0 && age <= ms) await this.abort(upload);
    }
  }

  private async unfinished(Prefix: string): Promise<MultipartUpload[]> {
    const question = new ListMultipartUploadsCommand({ Bucket: this.bucket, ...(Prefix && { Prefix }) });
    return (await this.persist(() => this.client.send(question))).Uploads ?? [];
  }

  private async abort({ Key, UploadId }: MultipartUpload): Promise<void> {
    const command = new AbortMultipartUploadCommand({ Bucket: this.bucket, Key, UploadId });
    await this.persist(() => this.client.send(command)).catch((error: Error) => {
      if (error.name !== 'NoSuchUpload') throw error;
    });
  }
}
