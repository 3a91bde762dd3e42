import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { usageOf } from '../src/platform/child-process/process-usage.js';
import { ChildEndedError, WarmChild } from '../src/platform/child-process/warm-child.js';
import { eventuallyPasses } from './support/eventually.js';
import { descendants, runs } from './support/process-tree.js';
import { tempDir } from './support/temp-dir.js';

const MEBIBYTE = 1024 ** 2;
const LIMITS = { cpuSeconds: 1, wallSeconds: 30, residentBytes: 400 * MEBIBYTE, heapMegabytes: 1024 };

const folder = tempDir('warm-child');
let child: WarmChild<string, unknown>;

/** A program that misbehaves as requested. */
const PROGRAM = `
import { serveParent } from '${new URL('../dist/platform/child-process/child-work.js', import.meta.url).href}';
const hoard = [];
serveParent(async (command) => {
  if (command === 'loop') for (;;);
  if (command === 'die') process.abort();
  if (command === 'hoard') for (;;) { hoard.push(Buffer.alloc(${8 * MEBIBYTE}, 1)); await new Promise((r) => setTimeout(r, 20)); }
  if (command === 'wait') await new Promise(() => setInterval(() => {}, 1000));
  if (command === 'refuse') throw new Error('not this');
  return { pid: process.pid, env: Object.keys(process.env), command };
});
`;

beforeAll(async () => {
  await writeFile(join(folder, 'program.mjs'), PROGRAM);
});

beforeEach(() => {
  child = new WarmChild(pathToFileURL(join(folder, 'program.mjs')), LIMITS);
});
afterEach(() => child.close());

const why = (command: string) =>
  child.run(command).then(
    () => 'done',
    (error: unknown) => (error instanceof ChildEndedError ? error.why : (error as Error).message),
  );
/** Waits for the end of a process, because a signal takes time on a busy machine. */
const gone = (pid: number) => eventuallyPasses(async () => expect(await runs(pid)).toBe(false));
const pidOf = async () => ((await child.run('tell')) as { pid: number }).pid;

describe('a child process for untrusted files', () => {
  it('is kept for the next job, also after a job that failed', async () => {
    const first = await pidOf();
    expect(await why('refuse')).toBe('not this');
    expect(await pidOf()).toBe(first);
  });

  it('does not get the secrets in the environment of the server', async () => {
    process.env.ADMIN_PASSWORD = 'secret';
    const { env } = (await child.run('tell')) as { env: string[] };
    delete process.env.ADMIN_PASSWORD;
    expect(env).not.toContain('ADMIN_PASSWORD');
    expect(env).toContain('PATH');
  });

  it.each([
    ['exceeds its CPU time', 'loop', 'cpu'],
    ['exceeds its memory', 'hoard', 'memory'],
    ['crashes on every try', 'die', 'crashed'],
  ])('is killed and replaced by another process when a job %s', async (_, command, reason) => {
    const first = await pidOf();
    expect(await why(command)).toBe(reason);
    await gone(first);
    expect(await pidOf()).not.toBe(first);
  });

  it('is killed after its wall time when a job only waits, with an error that may be retried', async () => {
    child.close();
    child = new WarmChild(pathToFileURL(join(folder, 'program.mjs')), { ...LIMITS, wallSeconds: 1 });
    const error = await child.run('wait').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ why: 'wall', isTransient: true });
  });

  it('is replaced and the job repeated when it was killed from outside', async () => {
    const first = await pidOf();
    const later = child.run('tell');
    process.kill(first, 'SIGKILL');
    expect(((await later) as { command: string }).command).toBe('tell');
  });

  it('ends with its children when it is closed', async () => {
    const pid = await pidOf();
    child.close();
    await gone(pid);
    expect((await descendants(process.pid)).map((each) => each.pid)).not.toContain(pid);
    expect(await usageOf(pid)).toBeUndefined();
  });
});
