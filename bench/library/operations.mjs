/**
 * The heaviest operations that are allowed, of many shapes, on a library of 100,000 songs: what each costs.
 *
 *   npm run build && npm run bench:operations     (SONGS changes the number; ONLY, a regular expression, picks shapes; MAX_COST)
 *
 * Uses the seeded database of `npm run bench:library` in .cache/bench-library and makes it when there is none. Each
 * operation is as large as the limit allows and is sent three times; the result is the least processor time of app and
 * database together. Writes the table of README.md; with ONLY it prints only.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { enlarge } from './enlarged.mjs';
import { costs, shapes } from './heaviest.mjs';
import { cpuMs, DIST, endAll, openServer, seededDatabase, SONGS } from './processes.mjs';

const ONLY = process.env.ONLY && new RegExp(process.env.ONLY);
const README = new URL('./README.md', import.meta.url);
const HEAD = ['| shape | repeated | points | answer | took | CPU | points a second |', '| --- | --: | --: | --: | --: | --: | --: |'];
const TRIES = 3;

try {
  const { uri, databasePid } = await seededDatabase();
  const { url, pid } = await openServer(uri);
  const ids = await enlarge(url, uri);
  const { costOf, largest } = await costs(DIST, Number(process.env.MAX_COST || (await import(`${DIST}/platform/config/config.js`)).Config.load({}).GRAPHQL_MAX_COST));
  const lines = [...HEAD];
  console.log(lines.join('\n'));
  for (const [name, query] of shapes(ids).filter(([name]) => !ONLY || ONLY.test(name))) {
    const k = largest(query);
    const cost = costOf(query(k));
    const tries = [];
    for (let i = 0; i < TRIES; i++) tries.push(await measured(url, [pid, databasePid], query(k)));
    const { bytes, ms, cpu, errors } = tries.sort((a, b) => a.cpu - b.cpu)[0];
    const answer = errors ? errors : `${(bytes / 1024).toFixed(0)} kB`;
    lines.push(`| ${[name, k, Math.round(cost), answer, `${ms.toFixed(0)} ms`, `${(cpu / 1000).toFixed(2)} s`, Math.round((1000 * cost) / cpu)].join(' | ')} |`);
    console.log(lines.at(-1));
  }
  if (!ONLY) await report(lines);
} finally {
  await endAll();
}

async function measured(url, pids, query) {
  const spent = () => pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
  const [before, start] = [spent(), performance.now()];
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  const codes = (JSON.parse(text).errors ?? []).map(({ extensions }) => extensions.code);
  return { bytes: text.length, ms: performance.now() - start, cpu: spent() - before, errors: [...new Set(codes)].join(', ') };
}

async function report(lines) {
  const facts = `${SONGS.toLocaleString('en')} songs, ${cpus().length} cores, Node ${process.version}, load average at the end ${loadavg()[0].toFixed(1)}.`;
  const readme = await readFile(README, 'utf8');
  const marked = /(<!-- heaviest -->)[\s\S]*(<!-- \/heaviest -->)/;
  await writeFile(README, readme.replace(marked, `$1\n\n${facts}\n\n${lines.join('\n')}\n\n$2`));
}
