import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BadInputError, NotFoundError } from '../../platform/errors/domain-error.js';
import { Config } from '../../platform/config/config.js';
import { MediaStorage, type DirectUploads } from '../../platform/storage/media-storage.js';
import type { IncomingFile } from '../pipeline/upload-spool.service.js';
import { UploadIncompleteError, WrongLengthError } from '../pipeline/upload-errors.js';
import { UploadProtocol, type StoredUpload, type UploadHeader } from './pending-upload.schema.js';
import { declaredFacts, UploadTransport } from './upload-transport.js';

/** Outside `songs/`, so the media endpoint never serves these files. The upload id that follows it is random. */
const KEY_PREFIX = 'incoming/';
const prefixOf = (id: string) => `${KEY_PREFIX}${id}/`;
const keyOf = (id: string) => `${prefixOf(id)}file`;

/** Only the server reads these objects. */
const METADATA = { contentType: 'application/octet-stream', cacheControl: 'private, no-store' };

/** Clients PUT the file into the store themselves, by a signed URL. */
@Injectable()
export class PresignedPutTransport extends UploadTransport {
  readonly protocol = UploadProtocol.PUT;

  constructor(
    private readonly storage: MediaStorage,
    private readonly config: Config,
  ) {
    super();
  }

  get isOpen(): boolean {
    return this.storage.direct !== null;
  }

  async open({ _id, bytes }: StoredUpload): Promise<{ url: string; headers: UploadHeader[] }> {
    const put = { ...METADATA, bytes, seconds: this.config.UPLOAD_EXPIRY_SECONDS };
    const { url, headers } = await this.direct().sign(keyOf(_id), put);
    return { url, headers: Object.entries(headers).map(([name, value]) => ({ name, value })) };
  }

  async assertComplete({ _id, bytes }: StoredUpload): Promise<void> {
    const arrived = await this.storage.stat(keyOf(_id)).catch((error: unknown) => {
      if (error instanceof NotFoundError) throw new UploadIncompleteError(0, bytes);
      throw error;
    });
    if (arrived.bytes !== bytes) throw new WrongLengthError(arrived.bytes, bytes);
  }

  /** Copies the object to a key that has no signed URL: a second PUT could otherwise change it during validation. */
  async receivedFile(upload: StoredUpload): Promise<IncomingFile> {
    const kept = `${prefixOf(upload._id)}${randomUUID()}`;
    await this.direct().copy(keyOf(upload._id), kept, METADATA);
    return {
      ...declaredFacts(upload),
      stored: kept,
      open: async () => (await this.storage.open(kept)).body,
    };
  }

  async remove(id: string): Promise<void> {
    await this.storage.remove(prefixOf(id));
  }

  /** Listed from the store, because a signed PUT can still finish after its upload record was deleted. */
  async *ids(): AsyncIterable<string> {
    if (!this.isOpen) return;
    const seen = new Set<string>();
    for await (const { key } of this.storage.list(KEY_PREFIX)) {
      const id = key.slice(KEY_PREFIX.length).split('/')[0]!;
      if (!seen.has(id)) yield id;
      seen.add(id);
    }
  }

  private direct(): DirectUploads {
    if (this.storage.direct) return this.storage.direct;
    throw new BadInputError(
      'The store of this server accepts no files from clients. Leave `protocol` out, or choose TUS.',
    );
  }
}
