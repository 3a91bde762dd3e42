// What `npm start` and the other commands are preloaded with: the settings of .env, if there is one. What the environment
// has already stands. A process started by `node dist/…` itself reads its environment only.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

try {
  // Not process.loadEnvFile: in Node 20 it loses the first setting of a file that begins with a byte order mark.
  const settings = parseEnv(readFileSync('.env', 'utf8').replace(/^\uFEFF/, ''));
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
