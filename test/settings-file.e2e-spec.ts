import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { tempDir } from './support/temp-dir.js';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
/** Commands that use an installation and its settings; the others start a server of their own or need none. */
const OF_AN_INSTALLATION = {
  start: '',
  'start:worker': '',
  'check:storage': '',
  'cdn:apply': '',
  'cdn:check': '',
  import: '.',
  backup: '--to backup',
  restore: '--from backup',
  'storage:migrate': '--from local --to s3',
};

const folder = tempDir('settings');

beforeAll(() => {
  symlinkSync(resolve('bin'), join(folder, 'bin'));
  symlinkSync(resolve(process.env.DIST_DIR ?? 'dist'), join(folder, 'dist'));
});

/** Runs a script like npm, in a folder with this project's programs and a .env of its own. */
function run(script: string, args = '', env: Record<string, string> = {}): string {
  const { stdout, stderr } = spawnSync('sh', ['-c', `${scripts[script]} ${args}`], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  return stdout + stderr;
}

describe('settings in .env', () => {
  const settings = (text: string) => writeFileSync(join(folder, '.env'), text);

  it('apply to every npm command for an installation', () => {
    settings('STORAGE=nowhere          # a comment\n');
    for (const [script, args] of Object.entries(OF_AN_INSTALLATION))
      expect([script, run(script, args)]).toEqual([
        script,
        expect.stringContaining('STORAGE must be one of'),
      ]);
  }, 120_000);

  it('are overridden by the environment; an empty value counts as unset', () => {
    settings('STORAGE=nowhere\nS3_BUCKET=\n');
    expect(run('check:storage', '', { STORAGE: 's3' })).toContain('S3_BUCKET must name the bucket');
  });

  it('are all read from a file with a byte order mark and CRLF line ends', () => {
    settings('\uFEFFSTORAGE=nowhere\r\nS3_BUCKET="a b"\r\n');
    expect(run('check:storage')).toContain('STORAGE must be one of');
  });

  it('are optional: check:storage works without the file', () => {
    rmSync(join(folder, '.env'));
    expect(run('check:storage')).toMatch(/The local store, .*[^]*All checks passed\./);
  });
});
