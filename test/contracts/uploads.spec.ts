import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload as S3Upload } from '@aws-sdk/lib-storage';
import { FileStore } from '@tus/file-store';
import { Server as TusServer, Upload as TusUpload } from '@tus/server';
import type Upload from 'graphql-upload/Upload.mjs';
import processRequest from 'graphql-upload/processRequest.mjs';
import { Config } from '../../src/platform/config/config.js';
import { CloudinaryApi } from '../../src/platform/storage/cloudinary/cloudinary-api.js';
import { cloudinaryFailureOf } from '../../src/platform/storage/cloudinary/cloudinary-failures.js';
import { DEFAULT_RETRY_POLICY } from '../../src/platform/storage/remote/retry-policy.js';
import { tempDir } from '../support/temp-dir.js';

/** What src relies on inside the libraries that carry uploads (docs/upgrading-dependencies.md). */
async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

describe('graphql-upload', () => {
  it('writes a file by `capacitor`, whose destruction fails the readers', async () => {
    let parsed!: (operations: { variables: { file: Upload } }) => void;
    const operations = new Promise<{ variables: { file: Upload } }>((resolve) => (parsed = resolve));
    const server = await listening((incoming, response) => {
      processRequest(incoming, response).then(
        (found) => parsed(found as never),
        () => undefined,
      );
    });
    const body = [
      '--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":"","variables":{"file":null}}\r\n',
      '--b\r\nContent-Disposition: form-data; name="map"\r\n\r\n{"0":["variables.file"]}\r\n',
      '--b\r\nContent-Disposition: form-data; name="0"; filename="a.mp3"\r\n\r\nthe beginning',
    ].join('');
    const sending = request({
      port: portOf(server),
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    }).on('error', () => undefined);
    sending.write(body);
    const file = (await (
      await operations
    ).variables.file.promise) as unknown as {
      capacitor: Writable;
      createReadStream(): Readable;
    };
    expect(file.capacitor).toBeInstanceOf(Writable);
    const reading = buffer(file.createReadStream());
    file.capacitor.on('error', () => undefined).destroy(new Error('disk full'));
    await expect(reading).rejects.toThrow('disk full');
    sending.destroy();
    server.closeAllConnections();
    server.close();
  });
});

describe('the tus server', () => {
  let folder: string;
  beforeEach(() => {
    folder = tempDir('tus-contract');
  });

  it('has Node’s request inside its own, and answers by `write`', async () => {
    const written: number[] = [];
    class Answering extends TusServer {
      override write(
        ...[context, headers, status]: Parameters<TusServer['write']>
      ): ReturnType<TusServer['write']> {
        written.push(status);
        return super.write(context, headers, status, 'ours');
      }
    }
    const inside: unknown[] = [];
    const tus = new Answering({
      path: '/uploads',
      datastore: new FileStore({ directory: folder }),
      locker: (incoming) => {
        inside.push((incoming as Request & { node: { req: IncomingMessage } }).node.req);
        return { newLock: () => ({ lock: async () => undefined, unlock: async () => undefined }) };
      },
    });
    const received: IncomingMessage[] = [];
    const server = await listening((incoming, response) => {
      received.push(incoming);
      void tus.handle(incoming, response);
    });
    const answer = await fetch(`http://127.0.0.1:${portOf(server)}/uploads/unknown`, {
      method: 'PATCH',
      headers: {
        'Tus-Resumable': '1.0.0',
        'Upload-Offset': '0',
        'Content-Type': 'application/offset+octet-stream',
      },
    });
    expect([answer.status, await answer.text()]).toEqual([404, 'ours']);
    expect(written).toEqual([404]);
    expect(inside[0]).toBe(received[0]);
    server.closeAllConnections();
    server.close();
  });

  it('takes the size of an upload from `configstore` and its offset from the file', async () => {
    const store = new FileStore({
      directory: folder,
      configstore: {
        get: async (id) => new TusUpload({ id, size: 10, offset: 0 }),
        set: async () => undefined,
        delete: async () => undefined,
      },
    });
    await writeFile(join(folder, 'an-upload'), 'four');
    expect(await store.getUpload('an-upload')).toMatchObject({ size: 10, offset: 4 });
  });
});

describe('lib-storage of the AWS SDK', () => {
  const MEBIBYTE = 1024 ** 2;
  /** Uploads through a client with a `send` of its own, as S3Multipart does; resolves to the commands sent. */
  async function commandsOf(bytes: number, fails = ''): Promise<string[]> {
    const sent: string[] = [];
    const client = new S3Client({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const send = async ({
      constructor,
      input,
    }: {
      constructor: { name: string };
      input: { Body?: unknown };
    }) => {
      sent.push(constructor.name);
      if (constructor.name === fails) throw new Error('refused');
      if (constructor.name === 'UploadPartCommand') expect(Buffer.isBuffer(input.Body)).toBe(true);
      return { UploadId: 'u', ETag: 'e', $metadata: {} };
    };
    const upload = new S3Upload({
      client: Object.create(client, { send: { value: send } }) as S3Client,
      params: { Bucket: 'b', Key: 'k', Body: Readable.from([Buffer.alloc(bytes)]) },
      partSize: 5 * MEBIBYTE,
      queueSize: 2,
    });
    await upload.done().catch((error: Error) => sent.push(error.message));
    return sent;
  }

  it('sends each request by the client’s `send`, with its part as a Buffer', async () => {
    expect((await commandsOf(11 * MEBIBYTE)).toSorted()).toEqual([
      'CompleteMultipartUploadCommand',
      'CreateMultipartUploadCommand',
      'UploadPartCommand',
      'UploadPartCommand',
      'UploadPartCommand',
    ]);
    expect(await commandsOf(1_000)).toEqual(['PutObjectCommand']);
  });

  it('aborts an upload that failed', async () => {
    expect((await commandsOf(6 * MEBIBYTE, 'UploadPartCommand')).slice(-2)).toEqual([
      'AbortMultipartUploadCommand',
      'refused',
    ]);
  });
});

describe('the Cloudinary SDK', () => {
  it('connects by the agent it is given, so that a silent Admin API is given up', async () => {
    const silent = await listening(() => undefined);
    const settings = Config.load({
      STORAGE: 'cloudinary',
      CLOUDINARY_URL: 'cloudinary://1:secret@a-cloud',
      CLOUDINARY_API_URL: `http://127.0.0.1:${portOf(silent)}`,
    });
    const api = new CloudinaryApi(settings, { ...DEFAULT_RETRY_POLICY, idleMs: 200 });
    const failure = await api.resources('songs/').catch(cloudinaryFailureOf);
    expect(failure).toMatchObject({ kind: 'transient' });
    silent.closeAllConnections();
    silent.close();
  });
});
