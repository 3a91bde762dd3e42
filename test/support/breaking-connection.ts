import { once } from 'node:events';
import { connect } from 'node:net';
import type { ApiClient } from '../../src/cli/api-client.js';
import type { TestUpload } from './pending-uploads.js';

/** A line to the tus door that breaks in the middle of a PATCH which had promised the whole rest of the file. */
export class BreakingLine {
  constructor(
    private readonly api: ApiClient,
    private readonly upload: Pick<TestUpload, 'url' | 'bytes'>,
  ) {}

  /** Resolves as soon as they are on their way and the line is broken, whatever the server has seen of that. */
  async send(bytes: Uint8Array, offset: number): Promise<void> {
    const { hostname, port, pathname } = new URL(this.upload.url);
    const line = connect({ host: hostname, port: Number(port) }).on('error', () => undefined);
    await once(line, 'connect');
    // An answer first: a connection not accepted yet could be overtaken by a request sent after it.
    line.write(`OPTIONS ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`);
    await once(line, 'data');
    line.write(
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
    await new Promise<void>((resolve) => line.write(bytes, () => resolve()));
    line.destroy();
  }
}
