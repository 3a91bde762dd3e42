import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { run } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { processes } from './support/process-tree.js';
import { tempDir } from './support/temp-dir.js';

const DEMO = resolve('dist/cli/demo/demo.js');
const folder = tempDir('demo');

/** Runs the demo and interrupts it as soon as it prints `interruptAt`. */
async function demo(
  args: string[],
  { interruptAt, path = process.env.PATH }: { interruptAt?: string; path?: string } = {},
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [DEMO, ...args], {
    cwd: folder,
    env: { PATH: path, HOME: process.env.HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => (said += String(text)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (interruptAt && line.includes(interruptAt)) child.kill('SIGINT');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said: said.trim() };
}

async function leavesNothing(): Promise<void> {
  expect(await readdir(join(folder, '.demo'))).toEqual([]);
  const ours = async () => (await processes()).filter(({ command }) => command.includes(folder));
  await eventually(async () => (await ours()).length === 0, { seconds: 5 });
}

describe('the demo', () => {
  it.each(['Starting', 'Making', 'Transcoding'])(
    'interrupted while %s, says so and leaves nothing on disk and nothing running',
    async (interruptAt) => {
      const { code, said } = await demo(['--once'], { interruptAt });
      expect(code).toBe(130);
      expect(said).toMatch(/The demo was interrupted\.$/);
      await leavesNothing();
    },
  );

  it('names a file that is no audio', async () => {
    expect(await demo(['nowhere.mp3'])).toEqual({
      code: 1,
      said: 'The demo failed: There is no file nowhere.mp3.',
    });
    await leavesNothing();
  });

  it('without ffmpeg says how to install it', async () => {
    const bin = tempDir('bin');
    for (const tool of ['sh', 'redis-server']) {
      const { stdout } = await run('sh', ['-c', `command -v ${tool}`]);
      await symlink(stdout.trim(), join(bin, tool));
    }
    const { code, said } = await demo(['--once'], { path: bin });
    expect([code, said]).toEqual([1, 'The demo failed: ffmpeg is not on the PATH; bin/setup installs it.']);
    await leavesNothing();
  });
});
