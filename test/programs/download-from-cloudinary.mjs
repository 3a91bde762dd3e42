/** Downloads an object with the settings of the environment. Arguments: the key, and the path. */
import 'reflect-metadata';
import { compiled } from './compiled.mjs';

const { Config } = await compiled('platform/config/config.js');
const { CloudinaryStorage } = await compiled('platform/storage/cloudinary/cloudinary-storage.js');
const [key, path] = process.argv.slice(2);
await new CloudinaryStorage(Config.load()).download(key, path);
