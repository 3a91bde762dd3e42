/** Fills in nginx.conf.template where the official image's start-up script (envsubst) does not: an edge without containers. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

/**
 * Everything of the edge goes below `folder`, which exists; the port is on 127.0.0.1, `origin` the URL of a server.
 * Resolves with the arguments nginx is started with.
 */
export async function renderEdge({ folder, origin, port, loopbackPort, jsModule, cacheSize = '8g', accessLog = 'off', aheadLog = 'off' }) {
  await chmod(folder, 0o755);
  for (const name of ['cache', 'run']) await mkdir(join(folder, name), { recursive: true });
  const values = {
    EDGE_JS_MODULE: jsModule,
    EDGE_USER: userInfo().username,
    EDGE_RUN_DIR: join(folder, 'run'),
    EDGE_CACHE_DIR: join(folder, 'cache'),
    EDGE_CACHE_SIZE: cacheSize,
    EDGE_SCRIPTS_DIR: dirname(HERE),
    EDGE_PORT: `127.0.0.1:${port}`,
    EDGE_LOOPBACK_PORT: String(loopbackPort),
    EDGE_ORIGIN: new URL(origin).host,
    EDGE_RESOLVER: '127.0.0.1',
    EDGE_ACCESS_LOG: accessLog,
    EDGE_AHEAD_LOG: aheadLog,
  };
  const template = await readFile(join(HERE, 'nginx.conf.template'), 'utf8');
  const conf = join(folder, 'nginx.conf');
  await writeFile(conf, template.replaceAll(/\$\{(EDGE_\w+)\}/g, (_, name) => known(values, name)));
  return ['-p', folder, '-c', conf, '-g', 'daemon off;'];
}

function known(values, name) {
  if (values[name] === undefined) throw new Error(`nothing is known of ${name}`);
  return values[name];
}
