// Injects every fault of docs/reliability.md into a running installation and prints that page's table.
//   npm run test:faults                 all faults, twenty minutes at most
//   npm run test:faults -- kill         the specs whose file names contain "kill"
//   npm run test:faults -- --write      also writes the table into docs/reliability.md
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIMIT_MS = 20 * 60_000;
const PAGE = 'docs/reliability.md';
const BEGIN = '<!-- npm run test:faults -- --write -->';
const END = '<!-- end of the table -->';

const folder = mkdtempSync(join(tmpdir(), 'faults-'));
const results = join(folder, 'jest.json');
const write = process.argv.includes('--write');
const patterns = process.argv.slice(2).filter((argument) => argument !== '--write');

const began = Date.now();
const jest = spawn(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--config=test/faults/jest.config.js',
    '--maxWorkers=2',
    '--json',
    `--outputFile=${results}`,
    ...patterns,
  ],
  { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, FAULTS_FOLDER: folder } },
);
const late = setTimeout(() => jest.kill('SIGTERM'), LIMIT_MS);
const [code] = await once(jest, 'exit');
clearTimeout(late);

const table = tableOf(
  readdirSync(folder)
    .filter((name) => name.endsWith('.row.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8'))),
);
const { passed, failed } = counts();
rmSync(folder, { recursive: true, force: true });
process.stdout.write(
  `\n${table}\n${Math.round((Date.now() - began) / 1000)} s\n${passed} passed, ${failed} failed\n`,
);
if (write && failed === 0) writeTable();
process.exit(failed === 0 && code === 0 ? 0 : 1);

function tableOf(rows) {
  const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
  const seconds = (numbers) =>
    numbers.length === 0 ? '–' : `${median(numbers).toFixed(1)} (${Math.max(...numbers).toFixed(1)})`;
  return [
    '| fault | tries | acknowledged | lost | seconds to recover: median (longest) |',
    '| --- | --: | --: | --: | --: |',
    ...rows.map(
      ({ fault, tries, acknowledged, lost, recovered }) =>
        `| ${fault} | ${tries} | ${acknowledged} | ${lost} | ${seconds(recovered)} |`,
    ),
    '',
  ].join('\n');
}

function counts() {
  try {
    const report = JSON.parse(readFileSync(results, 'utf8'));
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites + report.numPendingTests,
    };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

function writeTable() {
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  writeFileSync(PAGE, `${page.slice(0, before)}\n${table}${page.slice(after)}`);
}
