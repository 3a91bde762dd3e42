/** `npm run bench:sockets` measures what a crowd of sockets costs; see README.md. It takes about two minutes. */
import { execFileSync } from 'node:child_process';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootstrap } from '../server.mjs';
import { startCrowd } from './crowd.mjs';

const ATTEMPTS = 25_000;
const LISTENERS = 5_000;
const ADDRESSES = 500;
const DESCRIPTORS = LISTENERS + 1_000;
const LIMIT_MS = 300_000;
const EDITS = 5;
const SONG = 'subscription ($id: ID!) { songProcessing(songId: $id) { id title artist processing { state percent } } }';
const RENAME = 'mutation ($id: ID!, $title: String!) { updateSong(id: $id, input: { title: $title }) { id } }';

const open = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
if (open < DESCRIPTORS) throw new Error(`ulimit -n is ${open}; this needs ${DESCRIPTORS}`);
setTimeout(() => {
  process.stderr.write(`not done within ${LIMIT_MS / 1000} s\n`);
  process.exit(1);
}, LIMIT_MS).unref();

const print = (text) => process.stdout.write(`${text}\n`);
const rss = async (pid) => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/** CPU time of a process so far, seconds; the kernel counts in hundredths. */
const cpu = async (pid) => {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

/** Another client that sends requests all the time. Resolves to its longest wait, milliseconds. */
function watch(url) {
  let longest = 0;
  let going = true;
  const loop = (async () => {
    while (going) {
      const before = performance.now();
      await (await fetch(`${url}/health/live`)).text();
      longest = Math.max(longest, performance.now() - before);
      await sleep(20);
    }
  })();
  return async () => {
    going = false;
    await loop;
    return Math.round(longest);
  };
}

async function edit(server, id, crowd, title) {
  const began = Date.now();
  const worked = await cpu(server.pid);
  const served = crowd.ask({ until: title });
  await server.api.ask(RENAME, { id, title });
  const { served: count, lastAt } = await served;
  return { count, ms: lastAt - began, cpu: (await cpu(server.pid)) - worked };
}

const folder = await mkdtemp(join(tmpdir(), 'bench-sockets-'));
const file = join(folder, 'song.mp3');
execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=440:duration=2', '-y', file]);
const server = await bootstrap();
try {
  const id = await server.readySong(file);
  const common = { url: server.url, query: SONG, variables: { id } };

  const calm = watch(server.url);
  await sleep(5_000);
  print(`longest wait of anybody before: ${await calm()} ms`);
  const quiet = await rss(server.pid);
  const busy = await cpu(server.pid);
  const stranger = startCrowd();
  const ended = watch(server.url);
  const attack = await stranger.ask({ ...common, sockets: ATTEMPTS, addresses: 1, subscriptions: 50 });
  for (let i = 0; i < EDITS; i += 1) await server.api.ask(RENAME, { id, title: `attacked ${i}` });
  await sleep(2_000);
  const waited = await ended();
  const spent = (await cpu(server.pid)) - busy;
  const grown = (await rss(server.pid)) - quiet;
  await stranger.end();
  print(`${ATTEMPTS} attempts from one address in ${(attack.ms / 1000).toFixed(1)} s: ${attack.opened} open with ${attack.subscribed} subscriptions,`);
  print(`  refused ${JSON.stringify(attack.refused)}; ${grown.toFixed(0)} MB, ${spent.toFixed(1)} s of CPU; longest wait of another client ${waited} ms`);

  await sleep(1_000);
  const before = await rss(server.pid);
  const idle = await cpu(server.pid);
  const crowd = startCrowd();
  const came = await crowd.ask({ ...common, sockets: LISTENERS, addresses: ADDRESSES, subscriptions: 1 });
  print(`${LISTENERS} listeners from ${ADDRESSES} addresses in ${(came.ms / 1000).toFixed(1)} s: ${came.opened} open, refused ${JSON.stringify(came.refused)}, ${((await cpu(server.pid)) - idle).toFixed(1)} s of CPU`);
  const others = watch(server.url);
  for (let i = 0; i < EDITS; i += 1) {
    const { count, ms, cpu: seconds } = await edit(server, id, crowd, `edit ${i}`);
    print(`  an edit has reached ${count} of them after ${ms} ms (${seconds.toFixed(2)} s of CPU)`);
  }
  print(`  ${((await rss(server.pid)) - before).toFixed(0)} MB; longest wait of another client ${await others()} ms`);
  await crowd.end();
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);
