import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { usageOf } from '../src/platform/child-process/process-usage.js';
import { ChildEndedError, WarmChild } from '../src/platform/child-process/warm-child.js';
import { eventually } from './support/eventually.js';
import { descendants, runs } from './support/process-tree.js';

const MEBIBYTE = 1024 ** 2;
const LIMITS = { cpuSeconds: 1, wallSeconds: 30, residentBytes: 400 * MEBIBYTE, heapMegabytes: 1024 };

let folder: string;
let child: WarmChild<string, unknown>;

/** A program that does what it is told, however foolish. */
const PROGRAM = `
import { serveParent } from '${new URL('../dist/platform/child-process/child-work.js', import.meta.url).href}';
const hoard = [];
serveParent(async (order) => {
  if (order === 'loop') for (;;);
  if (order === 'die') process.abort();
  if (order === 'hoard') for (;;) { hoard.push(Buffer.alloc(${8 * MEBIBYTE}, 1)); await new Promise((r) => setTimeout(r, 20)); }
  if (order === 'wait') await new Promise(() => setInterval(() => {}, 1000));
  if (order === 'refuse') throw new Error('not this');
  return { pid: process.pid, env: Object.keys(process.env), order };
});
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'warm-child-'));
  await writeFile(join(folder, 'program.mjs'), PROGRAM);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(() => {
  child = new WarmChild(pathToFileURL(join(folder, 'program.mjs')), LIMITS);
});
afterEach(() => child.close());

const why = (order: string) =>
  child.run(order).then(
    () => 'done',
    (error: unknown) => (error instanceof ChildEndedError ? error.why : (error as Error).message),
  );
/** A signal takes its time on a busy machine. */
const gone = (pid: number) => eventually(async () => expect(await runs(pid)).toBe(false));
const pidOf = async () => ((await child.run('tell')) as { pid: number }).pid;

describe('a process for strangers’ bytes', () => {
  it('is kept for the next piece of work, also after one that failed', async () => {
    const first = await pidOf();
    expect(await why('refuse')).toBe('not this');
    expect(await pidOf()).toBe(first);
  });

  it('sees none of our secrets', async () => {
    process.env.ADMIN_PASSWORD = 'secret';
    const { env } = (await child.run('tell')) as { env: string[] };
    delete process.env.ADMIN_PASSWORD;
    expect(env).not.toContain('ADMIN_PASSWORD');
    expect(env).toContain('PATH');
  });

  it.each([
    ['uses its processor without end', 'loop', 'cpu'],
    ['takes more and more memory', 'hoard', 'memory'],
    ['crashes whenever it is tried', 'die', 'crashed'],
  ])('is ended, and replaced for the next, when the work %s', async (_, order, reason) => {
    const first = await pidOf();
    expect(await why(order)).toBe(reason);
    await gone(first);
    expect(await pidOf()).not.toBe(first);
  });

  it('is ended by the clock when it only waits, and that says nothing against the work', async () => {
    child.close();
    child = new WarmChild(pathToFileURL(join(folder, 'program.mjs')), { ...LIMITS, wallSeconds: 1 });
    const error = await child.run('wait').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ why: 'wall', passes: true });
  });

  it('does the work again when it was killed from outside', async () => {
    const first = await pidOf();
    const later = child.run('tell');
    process.kill(first, 'SIGKILL');
    expect(((await later) as { order: string }).order).toBe('tell');
  });

  it('leaves nothing behind when it is closed', async () => {
    const pid = await pidOf();
    child.close();
    await gone(pid);
    expect((await descendants(process.pid)).map((each) => each.pid)).not.toContain(pid);
    expect(await usageOf(pid)).toBeUndefined();
  });
});
