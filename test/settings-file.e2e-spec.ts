import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
/** What speaks to an installation that has settings; the rest has a server of its own, or needs none. */
const OF_AN_INSTALLATION = {
  ...{ start: '', 'start:worker': '', 'check:storage': '', 'cdn:apply': '', 'cdn:check': '' },
  ...{ import: '.', backup: '--to backup', restore: '--from backup' },
  'storage:migrate': '--from local --to s3',
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'settings-'));
  symlinkSync(resolve('bin'), join(folder, 'bin'));
  symlinkSync(resolve(process.env.DIST_DIR ?? 'dist'), join(folder, 'dist'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As npm does, in a folder that has this project's programs and a .env of its own. */
function run(script: string, args = '', env: Record<string, string> = {}): string {
  const { stdout, stderr } = spawnSync('sh', ['-c', `${scripts[script]} ${args}`], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  return stdout + stderr;
}

describe('the settings in .env', () => {
  const settings = (text: string) => writeFileSync(join(folder, '.env'), text);

  it('hold for every command that npm runs for an installation', () => {
    settings('STORAGE=nowhere          # a comment\n');
    for (const [script, args] of Object.entries(OF_AN_INSTALLATION))
      expect([script, run(script, args)]).toEqual([
        script,
        expect.stringContaining('STORAGE must be one of'),
      ]);
  }, 120_000);

  it('give way to the environment, and an empty one is none', () => {
    settings('STORAGE=nowhere\nS3_BUCKET=\n');
    expect(run('check:storage', '', { STORAGE: 's3' })).toContain('S3_BUCKET must name the bucket');
  });

  it('hold from the first on in a file that begins with a byte order mark and has lines as Windows ends them', () => {
    settings('\uFEFFSTORAGE=nowhere\r\nS3_BUCKET="a b"\r\n');
    expect(run('check:storage')).toContain('STORAGE must be one of');
  });

  it('need not be there', () => {
    rmSync(join(folder, '.env'));
    expect(run('check:storage')).toMatch(/The local store, .*[^]*keeps every promise/);
  });
});
