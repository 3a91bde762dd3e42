import { beforeAll, describe, expect, it } from '@jest/globals';
import { exec, execFile } from 'node:child_process';
import { cp, readFile, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tempDir } from './support/temp-dir.js';

const run = promisify(execFile);
const project = process.cwd();

/** Git without the settings of the user who runs the tests. */
const git = (...args: string[]) =>
  run('git', args, {
    maxBuffer: 64 * 1024 ** 2,
    env: { PATH: process.env.PATH, HOME: tmpdir(), GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  });

describe('a fresh checkout with git settings of Windows', () => {
  const folder = tempDir('checkout');
  let clone: string;
  let files: string[];

  beforeAll(async () => {
    clone = join(folder, 'clone');
    const repository = join(folder, 'repository');
    await git('init', '--quiet', '--bare', repository);
    // The working tree's files, committed or not, without those that .gitignore names.
    const here = ['--git-dir', repository, '--work-tree', project];
    await git(...here, '-c', 'core.bare=false', 'add', '--all');
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'core.bare=false'];
    await git(...here, ...author, 'commit', '--quiet', '--message', 'as it is');
    await git('clone', '--quiet', '--config', 'core.autocrlf=true', repository, clone);
    files = (await git('-C', clone, 'ls-files', '-z')).stdout.split('\0').filter(Boolean);
  });

  it('has every file byte for byte, and every program is executable', async () => {
    expect(files).toEqual(
      expect.arrayContaining(['bin/setup', 'bin/confine/run', 'docs/images/home-phone-dark.png']),
    );
    const changed: string[] = [];
    for (const file of files) {
      const [cloned, original] = await Promise.all(
        [clone, project].map((root) => readFile(join(root, file))),
      );
      if (!cloned!.equals(original!)) changed.push(file);
      const isProgram = original!.subarray(0, 3).toString() === '#!/';
      if (isProgram && !((await stat(join(clone, file))).mode & 0o100))
        changed.push(`${file}: not executable`);
    }
    expect(changed).toEqual([]);
  });

  it('confines ffmpeg', async () => {
    const args = ['ffmpeg', '10', String(process.pid), '-hide_banner', '-version'];
    expect((await run(join(clone, 'bin/confine/run'), args)).stdout).toMatch(/^ffmpeg version/);
  });

  describe('with packages and builds in place', () => {
    /** The steps that bin/setup would run. */
    const due = async (): Promise<string[]> => {
      const { stderr } = await run(join(clone, 'bin/setup'), ['--check']).catch(
        (error: { stderr: string }) => error,
      );
      return stderr.split('\n').filter(Boolean);
    };
    const dated = (file: string, year: number) =>
      utimes(join(clone, file), new Date(year, 0), new Date(year, 0));
    /** The steps that are due after a change of a file, which is undone afterwards. */
    async function dueWith(file: string, content: (now: string) => string, year: number): Promise<string[]> {
      const path = join(clone, file);
      const before = await readFile(path, 'utf8');
      await writeFile(path, content(before));
      await dated(file, year);
      const found = await due();
      await writeFile(path, before);
      return found;
    }

    beforeAll(async () => {
      // Otherwise the clone's bin/setup would run npm ci through the links below, into this tree's packages.
      const { stdout: lock } = await promisify(exec)('cksum <package-lock.json');
      expect(await readFile('node_modules/.setup-lock', 'utf8')).toBe(lock);
      await symlink(join(project, 'node_modules'), join(clone, 'node_modules'));
      await symlink(join(project, 'web/node_modules'), join(clone, 'web/node_modules'));
      for (const built of ['dist', 'packages/embedded-mongo/dist', 'web/dist'])
        await cp(join(project, built), join(clone, built), { recursive: true });
      await run(join(clone, 'bin/setup'));
    });

    it('has no step due, however new its files are', async () => {
      await dated('src/main.ts', 2999);
      await dated('web/src/main.tsx', 2999);
      expect(await due()).toEqual([]);
    });

    it('has a step due after a change, however old its date', async () => {
      const more = (text: string) => `${text}\n`;
      expect(await dueWith('src/main.ts', more, 2001)).toEqual(['setup: building']);
      expect(await dueWith('packages/embedded-mongo/src/main.ts', more, 2001)).toEqual([
        'setup: building the embedded database',
      ]);
      expect(await dueWith('schema.gql', more, 2001)).toEqual(['setup: building the page']);
      expect(await dueWith('web/src/main.tsx', more, 2001)).toEqual(['setup: building the page']);
      expect(await dueWith('package-lock.json', more, 2001)).toEqual([
        'setup: installing npm packages',
        'setup: building the embedded database',
        'setup: building',
        'setup: building the page',
      ]);
      expect(await due()).toEqual([]);
    });

    it('rebuilds removed or altered outputs, and only those', async () => {
      await unlink(join(clone, 'dist/worker.js'));
      expect(await due()).toEqual(['setup: building']);
      await writeFile(join(clone, 'web/dist/index.html'), '');
      expect(await due()).toEqual(['setup: building', 'setup: building the page']);
      await writeFile(
        join(clone, 'web/dist/index.html'),
        await readFile(join(project, 'web/dist/index.html')),
      );
      expect((await run(join(clone, 'bin/setup'))).stderr).toMatch(/^setup: building$/m);
      expect((await stat(join(clone, 'dist/worker.js'))).size).toBeGreaterThan(0);
      expect(await due()).toEqual([]);
      const { stdout } = await git('-C', clone, 'status', '--porcelain', '--untracked-files=all');
      expect(stdout.split('\n').filter((line) => line && !line.endsWith('node_modules'))).toEqual([]);
    });
  });
});
