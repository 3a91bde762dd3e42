import { randomBytes } from 'node:crypto';
import { Config } from '../src/config/config.js';
import { S3Storage } from '../src/storage/s3-storage.js';
import { itKeepsTheStorageContract } from './storage-contract.js';
import { S3TestServer } from './support/s3-server.js';

let server: S3TestServer;
beforeAll(async () => {
  server = await S3TestServer.start();
});
afterAll(() => server.close());

itKeepsTheStorageContract('S3Storage', async () => {
  const bucket = `media-${randomBytes(4).toString('hex')}`;
  await server.createBucket(bucket);
  const storage = new S3Storage(Config.load({ STORAGE: 's3', ...server.env(), S3_BUCKET: bucket }));
  return {
    storage,
    leftovers: () => server.unfinishedUploads(bucket),
    close: async () => storage.onModuleDestroy(),
  };
});
