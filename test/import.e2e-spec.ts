import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { AudioFiles } from './support/audio-files.js';
import { startCommand, type Ended } from './support/command.js';
import { eventually } from './support/eventually.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { tempDir } from './support/temp-dir.js';

let server: TestServer;
let client: ApiClient;
const files = AudioFiles.open();
const library = tempDir('library');

/** Runs the command as from a shell; sends Ctrl-C when the output matches `interruptAt`. */
function runImport(args: string[], env: Record<string, string> = {}, interruptAt?: RegExp): Promise<Ended> {
  const port = new URL(server.url).port;
  const { child, ended } = startCommand('import/import', args, { PORT: port, ...ACCOUNT, ...env });
  let output = '';
  const hear = (text: Buffer) => {
    output += text.toString();
    if (interruptAt?.test(output) && !child.killed) child.kill('SIGINT');
  };
  child.stdout!.on('data', hear);
  child.stderr!.on('data', hear);
  return ended;
}

const ACCOUNT = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };

async function put(source: string, ...path: string[]): Promise<void> {
  const target = join(library, ...path);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, target);
}

const songCount = async () =>
  (await client.ask<{ songs: { totalCount: number } }>('{ songs { totalCount } }')).songs.totalCount;

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
  client = await server.admin();
  const tone = (hz: number) => `sine=frequency=${hz}:sample_rate=44100:d=3`;
  const first = await files.make('first.mp3', '-metadata title=First', tone(300));
  const flac = await files.make('second.flac', '-metadata title=Second', tone(400));
  const third = await files.make('third.ogg', '-c:a libopus', tone(500));
  await put(first, 'first.mp3');
  await put(first, 'again', 'the same bytes.mp3');
  await put(flac, 'Sigur Rós', 'Ágætis byrjun 🎵', 'ö.flac');
  await put(third, 'a', 'b', 'c', 'd', 'third.ogg');
  await put(await files.cut('second.flac', 0.5), 'cut.flac');
  await writeFile(join(library, 'words.mp3'), 'These are words, not sound. '.repeat(200));
  await writeFile(join(library, 'cover.jpg'), 'x');
  await writeFile(join(library, '.hidden.mp3'), 'x');
  await symlink('..', join(library, 'a', 'round-and-round'));
});

afterAll(async () => {
  await server?.close();
});

describe('npm run import', () => {
  it('reports with --dry-run what it would do, and changes nothing', async () => {
    const { code, output } = await runImport([library, '--dry-run']);
    expect(output).toMatch(/would be imported +6\n/);
    expect(code).toBe(0);
    expect(await songCount()).toBe(0);
  });

  it('imports every song below a folder once, and gives a reason for each failed file', async () => {
    const { code, output } = await runImport([library, '--concurrency', '1']);
    expect(output).toMatch(/imported +3\n/);
    expect(output).toMatch(/duplicates +1\n/);
    expect(output).toMatch(/refused +2\n/);
    expect(output).toMatch(/skipped +2 .*\.jpg/);
    expect(output).toMatch(/refused words\.mp3\n +NOT_AUDIO: .+/);
    expect(output).toMatch(/refused cut\.flac\n +TRUNCATED: .+/);
    expect(code).toBe(1);
    expect(await songCount()).toBe(3);
  });

  it('sends no file twice when it runs again', async () => {
    await rm(join(library, 'words.mp3'));
    await rm(join(library, 'cut.flac'));
    const { code, output } = await runImport([library, '--concurrency', '4']);
    expect(output).toMatch(/imported +0\n/);
    expect(output).toMatch(/duplicates +4\n/);
    expect(code).toBe(0);
    expect(await songCount()).toBe(3);
  });

  it('can be interrupted, and continues where it stopped', async () => {
    const many = join(library, 'many');
    await mkdir(many);
    for (let i = 0; i < 12; i++) {
      await put(
        await files.make('n.mp3', '', `sine=frequency=${600 + i}:sample_rate=44100:d=2`),
        'many',
        `${i}.mp3`,
      );
    }
    const stopped = await runImport([many, '--concurrency', '1'], {}, /\/12/);
    expect(stopped.code).toBe(1);
    const [, imported] = /imported +(\d+)/.exec(stopped.output)!;
    const [, left] = /not begun +(\d+)/.exec(stopped.output)!;
    expect(Number(imported) + Number(left)).toBe(12);
    expect(Number(left)).toBeGreaterThan(0);
    expect(await songCount()).toBe(3 + Number(imported));

    const resumed = await runImport([many]);
    expect(resumed.code).toBe(0);
    expect(resumed.output).toMatch(new RegExp(`imported +${left}\\n`));
    expect(await songCount()).toBe(15);
  });

  it('accepts a token instead of a password', async () => {
    const noAccount = { ADMIN_EMAIL: '', ADMIN_PASSWORD: '' };
    const { code } = await runImport(
      [library, '--token', client.currentToken, '--server', server.url],
      noAccount,
    );
    expect(code).toBe(0);
    const wrong = await runImport([library, '--token', 'wrong', '--limit', '1'], noAccount);
    expect(wrong.output).toMatch(/failed first|failed .*\n +UNAUTHENTICATED/);
    expect(wrong.code).toBe(1);
  });

  it('explains its arguments when they are wrong', async () => {
    expect(await runImport([])).toMatchObject({
      code: 2,
      output: expect.stringContaining('Name one folder'),
    });
    expect(await runImport([join(library, 'nowhere')])).toMatchObject({
      code: 2,
      output: expect.stringContaining('There is no folder'),
    });
  });

  it('waits for a server that is down for a moment', async () => {
    const away = TestServer.start({ WORKER: 'none' });
    const other = await away;
    await other.kill();
    const late = join(library, 'late');
    await put(
      await files.make('late.mp3', '', 'sine=frequency=900:sample_rate=44100:d=2'),
      'late',
      'late.mp3',
    );
    const again = eventually(async () =>
      TestServer.start({ WORKER: 'none', PORT: new URL(other.url).port }, 'main.js', other.dataDir),
    );
    const { code, output } = await runImport([late, '--token', 'unused', '--server', other.url]);
    const reopened = await again;
    expect(output).toMatch(/UNAUTHENTICATED/); // an error of the server, not of the network
    expect(code).toBe(1);
    await reopened.close();
    await rm(other.dataDir, { recursive: true, force: true });
  });
});
