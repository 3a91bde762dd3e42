/**
 * What a listener with a slow connection gets: the real page in a real Chromium with throttled network plays a real song.
 *
 *   npm run build && npm run build -w web && npm run bench:abr      (--quick: shorter, and the README stays as it is)
 *
 * REAL_SONG names another song of three minutes or more than .cache/real-song.mp3 (bin/setup --test fetches that).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { chromium } from 'playwright-core';
import { bootstrap } from '../server.mjs';
import { clickToSound, listen } from './listener.mjs';

const QUICK = process.argv.includes('--quick');
const README = new URL('./README.md', import.meta.url);
const STEADY_SECONDS = QUICK ? 30 : 75;
const RUNS = QUICK ? 3 : 5;
/** By bandwidth in kbit/s: the quality that the product's table expects, and the time within which sound must come. */
const LINES = [
  { kbps: 90, expected: '64k', soundWithin: 4 },
  { kbps: 160, expected: '128k', soundWithin: 2.5 },
  { kbps: 330, expected: '256k', soundWithin: 1.5 },
  { kbps: 800, expected: '320k', soundWithin: 0.8 },
];
const FALL_AND_RISE = [
  { kbps: 800, seconds: 20, expected: '320k' },
  { kbps: 90, seconds: 40, expected: '64k' },
  { kbps: 800, seconds: 40, expected: '320k' },
];

const server = await bootstrap();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
let met = true;
try {
  const songId = await server.readySong(process.env.REAL_SONG ?? '.cache/real-song.mp3');
  // Sequentially: concurrent runs would share the cores and distort these short times.
  const start = [];
  for (const { kbps, soundWithin } of LINES) {
    const seconds = [];
    for (let run = 0; run < RUNS; run++) seconds.push(await clickToSound(browser, server.url, songId, kbps));
    start.push({ kbps, soundWithin, seconds: seconds.toSorted((a, b) => a - b) });
    console.log(`${kbps} kbit/s: click to sound ${seconds.map((s) => s.toFixed(2)).join(' ')} s`);
  }
  const plans = [...LINES.map((line) => [{ ...line, seconds: STEADY_SECONDS }]), ...(QUICK ? [] : [FALL_AND_RISE])];
  // Concurrently: each run waits for its bandwidth, hardly any for a processor.
  const heard = await Promise.all(plans.map((phases) => listen(browser, server.url, songId, phases)));
  const lines = [...settleTable(plans, heard), '', ...startTable(start)];
  console.log(`\n${lines.join('\n')}`);
  if (!QUICK) await report(lines);
} finally {
  await browser.close();
  await server.close();
}
process.exit(met ? 0 : 1);

function settleTable(plans, heard) {
  const rows = plans.map((phases, at) => {
    const { settled, stalls, switches } = heard[at];
    const line = phases.map(({ kbps }) => kbps).join(' -> ');
    const expected = phases.map((phase) => phase.expected).join(' -> ');
    const found = settled.join(' -> ');
    const ok = found === expected && stalls === 0;
    met &&= ok;
    return `| ${line} | ${expected} | ${found} | ${stalls} | ${switches} | ${ok ? 'yes' : 'no'} |`;
  });
  return ['| network kbit/s | expected | settles on | stalls after start | switches | met |', '| --- | --- | --- | --: | --: | --- |', ...rows];
}

function startTable(start) {
  const rows = start.map(({ kbps, soundWithin, seconds }) => {
    const median = seconds[Math.floor(seconds.length / 2)];
    const ok = median < soundWithin;
    met &&= ok;
    return `| ${kbps} | ${soundWithin} s | ${median.toFixed(2)} s | ${seconds[0].toFixed(2)} to ${seconds.at(-1).toFixed(2)} s | ${ok ? 'yes' : 'no'} |`;
  });
  return [`| network kbit/s | sound within | median of ${RUNS} | from, to | met |`, '| --- | --: | --: | --- | --- |', ...rows];
}

async function report(lines) {
  const facts = `100 ms added to every answer, Chromium ${browser.version()}, ${cpus().length} cores, load average at the end ${loadavg()[0].toFixed(1)}.`;
  const readme = await readFile(README, 'utf8');
  await writeFile(README, readme.replace(/(<!-- measured -->)[\s\S]*(<!-- \/measured -->)/, `$1\n\n${facts}\n\n${lines.join('\n')}\n\n$2`));
}
