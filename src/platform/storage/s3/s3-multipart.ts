import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
  type CompleteMultipartUploadCommandOutput,
  type CreateMultipartUploadCommandOutput,
  type ListMultipartUploadsCommandOutput,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Logger } from '@nestjs/common';
import { MEDIA_FOLDERS } from '../storage-key.js';
import type { S3Bucket } from './s3-bucket.js';

/** Older uploads cannot be in progress any more, milliseconds. */
const ABANDONED_MS = 24 * 3600_000;

/** By how much a store may round its times, milliseconds. */
const ROUNDING_MS = 1_000;

type Send = (command: Parameters<S3Client['send']>[0]) => Promise<unknown>;

/**
 * Multipart uploads. Their parts are invisible until the upload is complete, but the store bills them until it is
 * aborted.
 */
export class S3Multipart {
  private readonly logger = new Logger('Storage');

  constructor(private readonly bucket: S3Bucket) {}

  /**
   * A client for one upload of lib-storage that repeats each of its requests. lib-storage keeps the parts in memory, so
   * they can be sent again.
   */
  uploadClient(): S3Client {
    let bytes = 0;
    const send: Send = (command) => {
      if (command instanceof CreateMultipartUploadCommand) return this.begin(command);
      if (command instanceof CompleteMultipartUploadCommand) return this.complete(command, bytes);
      if (command instanceof AbortMultipartUploadCommand) return this.abort(command.input);
      if (command instanceof UploadPartCommand) bytes += (command.input.Body as Buffer).length;
      return this.bucket.requests.send(() => (this.bucket.writing.send as Send)(command));
    };
    return Object.create(this.bucket.writing, { send: { value: send } }) as S3Client;
  }

  /** Aborts uploads that a crash left, only below our own folders: the bucket may have other users. */
  async sweep(now = Date.now(), folders: readonly string[] = MEDIA_FOLDERS): Promise<void> {
    for (const folder of folders) {
      for await (const upload of this.unfinished(folder)) {
        if (now - (upload.Initiated as Date).getTime() >= ABANDONED_MS) await this.abort(upload);
      }
    }
  }

  /** Begins an upload. If it took retries, aborts earlier ones whose answer was lost, because their ids are unknown. */
  async begin(command: CreateMultipartUploadCommand): Promise<CreateMultipartUploadCommandOutput> {
    const beganAt = Date.now();
    let tries = 0;
    const begun = await this.bucket.requests.send((attempt) => {
      tries = attempt;
      return this.bucket.writing.send(command);
    });
    if (tries > 1) {
      // The upload continues if this fails: the next sweep aborts leftovers.
      await this.abortEarlierThan(begun, Date.now() - beganAt + ROUNDING_MS).catch((error: Error) =>
        this.logger.warn(`could not abort an earlier attempt of a multipart upload: ${error.message}`),
      );
    }
    return begun;
  }

  /** If the answer was lost after the store completed the upload, a retry gets NoSuchUpload; the size then decides. */
  async complete(
    command: CompleteMultipartUploadCommand,
    bytes: number,
  ): Promise<CompleteMultipartUploadCommandOutput> {
    let tries = 0;
    try {
      return await this.bucket.requests.send((attempt) => {
        tries = attempt;
        return this.bucket.writing.send(command);
      });
    } catch (error) {
      const gone = tries > 1 && (error as Error).name === 'NoSuchUpload';
      if (gone && (await this.sizeOf(command.input.Key)) === bytes) return { $metadata: {} };
      throw error;
    }
  }

  async abort({ Key, UploadId }: Pick<MultipartUpload, 'Key' | 'UploadId'>): Promise<void> {
    const command = new AbortMultipartUploadCommand({ Bucket: this.bucket.name, Key, UploadId });
    try {
      await this.bucket.requests.send(() => this.bucket.writing.send(command));
    } catch (error) {
      if ((error as Error).name !== 'NoSuchUpload') throw error;
    }
  }

  /**
   * Aborts uploads of the same key begun within `ms` before this one. A key has one writer, so they are its attempts.
   */
  private async abortEarlierThan(
    { Key, UploadId }: CreateMultipartUploadCommandOutput,
    ms: number,
  ): Promise<void> {
    const same: MultipartUpload[] = [];
    for await (const upload of this.unfinished(Key as string)) if (upload.Key === Key) same.push(upload);
    const ours = same.find((upload) => upload.UploadId === UploadId)?.Initiated?.getTime();
    if (ours === undefined) return;
    for (const upload of same) {
      const age = ours - (upload.Initiated as Date).getTime();
      if (upload.UploadId !== UploadId && age >= 0 && age <= ms) await this.abort(upload);
    }
  }

  private async *unfinished(Prefix: string): AsyncGenerator<MultipartUpload> {
    let page: ListMultipartUploadsCommandOutput | undefined;
    do {
      const question = new ListMultipartUploadsCommand({
        Bucket: this.bucket.name,
        Prefix,
        KeyMarker: page?.NextKeyMarker,
        UploadIdMarker: page?.NextUploadIdMarker,
      });
      page = await this.bucket.requests.send(() => this.bucket.writing.send(question));
      yield* page.Uploads ?? [];
    } while (page.IsTruncated);
  }

  /** undefined when there is no such object, or the store cannot say. */
  private async sizeOf(Key: string | undefined): Promise<number | undefined> {
    const question = new HeadObjectCommand({ Bucket: this.bucket.name, Key });
    const found = await this.bucket.requests
      .send(() => this.bucket.writing.send(question))
      .catch(() => undefined);
    return found?.ContentLength;
  }
}
