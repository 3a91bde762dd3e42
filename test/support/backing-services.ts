import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { eventually } from './eventually.js';
import { tempDir } from './temp-dir.js';

/** A MongoDB wire server and a Redis that several servers of one test share. */
export interface SharedServices {
  env: { MONGODB_URI: string; REDIS_URL: string };
  redis: ChildProcess;
  stop(): Promise<void>;
}

export async function startSharedServices(): Promise<SharedServices> {
  const folder = tempDir('services');
  const children: ChildProcess[] = [];
  const database = process.env.MONGODB_URI
    ? undefined
    : spawn(
        process.execPath,
        ['packages/embedded-mongo/dist/main.js', '--data', join(folder, 'db'), '--port', '0'],
        { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
      );
  if (database) children.push(database);
  const name = `shared-${Date.now()}`;
  const uri = database
    ? `mongodb://127.0.0.1:${((await once(database, 'message')) as [{ port: number }])[0].port}/${name}`
    : Object.assign(new URL(process.env.MONGODB_URI!), { pathname: `/${name}` }).href;
  const port = await freePort();
  const redis = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    { stdio: 'ignore' },
  );
  children.push(redis);
  await eventually(() => accepts(port), { seconds: 10 });
  return {
    env: { MONGODB_URI: uri, REDIS_URL: `redis://127.0.0.1:${port}` },
    redis,
    async stop() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
