import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BadInputError, NotFoundError } from '../../platform/errors/domain-error.js';
import { Config } from '../../platform/config/config.js';
import { MediaStorage, type DirectUploads } from '../../platform/storage/media-storage.js';
import type { IncomingFile } from '../pipeline/incoming-file.js';
import { UploadIncompleteError, WrongLengthError } from '../pipeline/upload-errors.js';
import { UploadProtocol, type StoredUpload, type UploadHeader } from './pending-upload.js';
import { declaredFacts, UploadTransport } from './upload-transport.js';

/** Outside `songs/`, so the media door never opens it; our own id in it is random. */
const KEY_PREFIX = 'incoming/';
const prefixOf = (id: string) => `${KEY_PREFIX}${id}/`;
const keyOf = (id: string) => `${prefixOf(id)}file`;

/** Nobody reads these but us. */
const METADATA = { contentType: 'application/octet-stream', cacheControl: 'private, no-store' };

/** Files that clients put into the store themselves. */
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

  /** A copy under a key nobody has a URL for: a second put would change the first under the judge's hands. */
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

  /** A put that was signed may end after its upload is over, which is why the store is asked. */
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
      'The store of this server takes no files from clients. Leave `protocol` out, or ask for TUS.',
    );
  }
}
