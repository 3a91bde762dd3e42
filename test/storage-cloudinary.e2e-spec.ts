import { Config } from '../src/config/config.js';
import { CloudinaryStorage } from '../src/storage/cloudinary-storage.js';
import { itKeepsTheStorageContract } from './storage-contract.js';
import { CloudinaryTestServer } from './support/cloudinary-server.js';

itKeepsTheStorageContract('CloudinaryStorage', async () => {
  const server = await CloudinaryTestServer.start();
  const storage = new CloudinaryStorage(Config.load({ STORAGE: 'cloudinary', ...server.env() }));
  return {
    storage,
    leftovers: () => Promise.resolve([]),
    close: async () => {
      storage.onModuleDestroy();
      await server.close();
    },
  };
});
