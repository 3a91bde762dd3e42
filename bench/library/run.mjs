/**
 * A library of 100,000 songs in the embedded database: how long a page of it takes with 20 clients at once.
 *
 *   npm run build && npm run bench:library        (SONGS, CLIENTS, SECONDS, PAUSE_MS change the numbers; DIST_DIR the build;
 *                                                  PROFILE a folder for CPU profiles of app and database)
 *
 * The seeded database stays in .cache/bench-library and is used again. Prints a table and writes it into README.md;
 * with ONLY, a regular expression for names of questions, it prints only.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { load } from './load.mjs';
import { cpuMs, endAll, openServer, seededDatabase, SONGS } from './processes.mjs';
import { questions } from './questions.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 20);
const SECONDS = Number(process.env.SECONDS ?? 10);
/** Average time in milliseconds that a person looks at an answer before the next query. */
const PAUSE_MS = Number(process.env.PAUSE_MS ?? 250);
const WARM_SECONDS = Math.min(3, SECONDS);
const ONLY = process.env.ONLY && new RegExp(process.env.ONLY);
const README = new URL('./README.md', import.meta.url);
const HEAD = [
  '| question | p50 | p95 | p99 | slowest | answers | errors | CPU app | CPU database |',
  '| --- | --: | --: | --: | --: | --: | --: | --: | --: |',
];

try {
  await app(await seededDatabase());
} finally {
  await endAll();
}

async function app({ uri, databasePid }) {
  const { url, pid } = await openServer(uri);
  const asked = (await questions(url, uri, SONGS)).filter(({ name }) => !ONLY || ONLY.test(name));
  const tables = [];
  for (const pauseMs of [PAUSE_MS, 0]) tables.push(await table(url, [pid, databasePid], asked, pauseMs));
  if (!ONLY) await report(tables);
}

async function table(url, pids, asked, pauseMs) {
  const title = pauseMs ? `Each client pauses for ${pauseMs} ms on average` : 'No client ever pauses';
  const lines = [`${title}:`, '', ...HEAD];
  console.log(lines.join('\n'));
  for (const { name, ask } of asked) {
    await load(url, CLIENTS, WARM_SECONDS, ask, pauseMs);
    const before = pids.map(cpuMs);
    const result = await load(url, CLIENTS, SECONDS, ask, pauseMs);
    const spent = pids.map((pid, i) => (cpuMs(pid) - before[i]) / result.answers);
    lines.push(row(name, result, spent));
    console.log(lines.at(-1));
  }
  return lines;
}

function row(name, { p50, p95, p99, max, rate, errors }, spent) {
  const cells = [p50, p95, p99, max].map((ms) => `${ms.toFixed(1)} ms`);
  const cpu = spent.map((ms) => `${ms.toFixed(2)} ms`);
  return `| ${[name, ...cells, `${rate.toFixed(0)}/s`, errors, ...cpu].join(' | ')} |`;
}

async function report(tables) {
  const facts =
    `${SONGS.toLocaleString('en')} songs, ${CLIENTS} clients, ${SECONDS} s each; ${cpus().length} cores shared by app, database ` +
    `and clients, Node ${process.version}, load average at the end ${loadavg()[0].toFixed(1)}.`;
  const readme = await readFile(README, 'utf8');
  const marked = /(<!-- measured -->)[\s\S]*(<!-- \/measured -->)/;
  await writeFile(README, readme.replace(marked, `$1\n\n${facts}\n\n${tables.map((lines) => lines.join('\n')).join('\n\n')}\n\n$2`));
}
