import { once } from 'node:events';
import { connect } from 'node:net';
import type { ApiClient } from '../../src/cli/api-client.js';
import type { TestUpload } from './pending-uploads.js';

/** A tus connection that breaks in the middle of a PATCH whose Content-Length covers the whole rest of the file. */
export class BreakingConnection {
  constructor(
    private readonly api: ApiClient,
    private readonly upload: Pick<TestUpload, 'url' | 'bytes'>,
  ) {}

  /** Resolves when the bytes are sent and the connection is broken; the server may not have noticed either yet. */
  async send(bytes: Uint8Array, offset: number): Promise<void> {
    const { hostname, port, pathname } = new URL(this.upload.url);
    const socket = connect({ host: hostname, port: Number(port) }).on('error', () => undefined);
    await once(socket, 'connect');
    // Wait for a response first: a later request could overtake a connection that is not accepted yet.
    socket.write(`OPTIONS ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`);
    await once(socket, 'data');
    socket.write(
      [
        `PATCH ${pathname} HTTP/1.1`,
        `host: ${hostname}:${port}`,
        'tus-resumable: 1.0.0',
        `upload-offset: ${offset}`,
        'content-type: application/offset+octet-stream',
        `content-length: ${this.upload.bytes - offset}`,
        `authorization: Bearer ${this.api.currentToken}`,
        '\r\n',
      ].join('\r\n'),
    );
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
    socket.destroy();
  }
}
