/**
 * How long until /health answers 200 after `npm start`, when everything is installed and built, beside `node dist/main.js`.
 *   npm run bench:start -- [rounds, 5]
 * Both start by turns over a data folder of their own that a first start has filled. Exit code 1: the ratio of the medians
 * is over 1.3.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MOST = 1.3;
const COMMANDS = { 'node dist/main.js': ['node', 'dist/main.js'], 'npm start': ['npm', 'start'] };
const rounds = Number(process.argv[2] ?? 5);

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}

/** Seconds until /health answers 200. */
async function secondsToHealthy([program, ...args], folder) {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, HOME: folder, DATA_DIR: folder, PORT: `${port}`, HOST: '127.0.0.1', MIN_FREE_DISK_BYTES: '0' },
    stdio: 'ignore',
    // A process group of its own, because npm does not forward signals to processes that its shell has started.
    detached: true,
  });
  const gone = once(child, 'exit');
  const isHealthy = () => fetch(`http://127.0.0.1:${port}/health`).then(({ ok }) => ok, () => false);
  while (!(await isHealthy())) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    await sleep(20);
  }
  const seconds = (performance.now() - began) / 1000;
  process.kill(-child.pid, 'SIGTERM');
  await gone;
  // npm may end before the server does.
  while (await fetch(`http://127.0.0.1:${port}/health/live`).then(() => true, () => false)) await sleep(50);
  return seconds;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

if (spawnSync('bin/setup', { stdio: 'inherit' }).status !== 0) process.exit(1);
const measured = {};
for (const [name, command] of Object.entries(COMMANDS)) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-start-'));
  measured[name] = { command, folder, seconds: [] };
  await secondsToHealthy(command, folder);
}
for (let round = 0; round < rounds; round++)
  for (const each of Object.values(measured)) each.seconds.push(await secondsToHealthy(each.command, each.folder));
for (const [name, { seconds, folder }] of Object.entries(measured)) {
  console.log(`${name}: median ${median(seconds).toFixed(2)} s of ${seconds.map((each) => each.toFixed(2)).join(', ')}`);
  await rm(folder, { recursive: true, force: true });
}
const [direct, npm] = Object.values(measured).map(({ seconds }) => median(seconds));
console.log(`ratio ${(npm / direct).toFixed(2)}, at most ${MOST}`);
process.exit(npm / direct > MOST ? 1 : 0);
