import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface Tool {
  name: string;
  /** Where the one tool is. */
  home: RegExp;
  /** What only a second one has. */
  second: RegExp;
}

const TOOLS: Tool[] = [
  {
    name: 'way to wait until something holds',
    home: /^test\/support\/eventually\.ts$/,
    second: /\b(?:function|const) (?:eventually|waitUntil|waitFor|pollUntil)/i,
  },
  {
    name: 'starter of servers',
    home: /^(src\/cli\/server-process|test\/support\/test-server)\.ts$/,
    second: /\b(?:spawn|fork)\([^;]*\b(?:main|worker)\.js\b|listening on \(|\bclass TestServer\b/,
  },
  {
    name: 'finder of free ports',
    home: /^test\/support\/free-port\.ts$/,
    second: /\b(?:function|const) (?:freePort|unusedPort)\b/,
  },
  { name: 'maker of temporary folders', home: /^test\/support\/temp-dir\.ts$/, second: /\bmkdtemp/ },
  {
    name: 'disk that tests fill',
    home: /^test\/support\/small-disk\.ts$/,
    second: /\bclass \w*Disk\b|'tmpfs'/,
  },
  {
    name: 'place for programs, test/programs, where none is a string',
    home: /^test\/programs\//,
    second: /\bexecPath\b[^;]*'(?:-e|--eval|-p|--print)'|--input-type=module/,
  },
];
/** Programs that run Jest, and this spec. */
const OTHERS = /^test\/(run\.mjs|faults\/run\.mjs|test-tools\.spec\.ts)$/;

function isSecond({ home, second }: Tool, path: string, text: string): boolean {
  return !home.test(path) && second.test(text);
}

const tests = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => /^(test|packages\/[^/]+\/test)\/.*\.(ts|mjs)$/.test(path) && !OTHERS.test(path));

describe('the tests', () => {
  it.each(TOOLS)('have one $name', (tool) => {
    expect(tests.some((path) => tool.home.test(path))).toBe(true);
    expect(tests.filter((path) => isSecond(tool, path, readFileSync(path, 'utf8')))).toEqual([]);
  });
});

describe('a second tool', () => {
  it.each([
    'async function eventually(ask) {}',
    'const waitUntil = async (holds) => {};',
    "spawn(process.execPath, [join(dist, 'main.js')], { env });",
    'const url = /listening on (http:.+)/.exec(line);',
    'class TestServer {}',
    'async function freePort() {}',
    "const folder = await mkdtemp(join(tmpdir(), 'x-'));",
    'class TinyDisk {}',
    "spawn(process.execPath, ['--input-type=module', '-e', script]);",
    "run(process.execPath, ['-e', 'process.exit()']);",
  ])('is found: %s', (text) => {
    expect(TOOLS.some((tool) => isSecond(tool, 'test/x.e2e-spec.ts', text))).toBe(true);
  });

  it.each([
    'await eventually(async () => (await fetch(url)).ok);',
    "await TestServer.start({}, 'main.js', folder);",
    "spawn(NGINX, ['-p', folder, '-e', 'stderr']);",
    'class HealthTestServer {}',
  ])('is not seen in the use of the one: %s', (text) => {
    expect(TOOLS.filter((tool) => isSecond(tool, 'test/x.e2e-spec.ts', text))).toEqual([]);
  });
});
