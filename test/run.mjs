// Runs lint, types and all tests, and ends with one summary line for people and build machines.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'results-'));
const results = join(folder, 'jest.json');
let passed = 0;
let failed = 0;

function check(name, command, args) {
  process.stdout.write(`\n— ${name}\n`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status === 0) passed += 1;
  else failed += 1;
}

check('lint', 'npm', ['run', '--silent', 'lint']);
check('types', 'npm', ['run', '--silent', 'typecheck']);

process.stdout.write('\n— tests\n');
const { status } = spawnSync(
  'npm',
  [
    'run',
    '--silent',
    'test:only',
    '--',
    '--maxWorkers=2',
    '--json',
    `--outputFile=${results}`,
    ...process.argv.slice(2),
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
try {
  const report = JSON.parse(readFileSync(results, 'utf8'));
  passed += report.numPassedTests;
  // Suites that could not run and skipped tests count as failures.
  failed +=
    report.numFailedTests + report.numRuntimeErrorTestSuites + report.numPendingTests + report.numTodoTests;
} catch {
  failed += 1;
}
if (status !== 0 && failed === 0) failed += 1;
// A build machine shows this report in place of the terminal output.
if (process.env.TEST_REPORT && existsSync(results)) {
  mkdirSync(dirname(process.env.TEST_REPORT), { recursive: true });
  copyFileSync(results, process.env.TEST_REPORT);
}
rmSync(folder, { recursive: true, force: true });

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
