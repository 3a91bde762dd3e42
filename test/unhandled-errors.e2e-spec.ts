import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';

const SECRET = 'typed-secret-Qv3Qv3';

/** Settings that make the real process run `code` on SIGUSR2. */
const withDefect = (code: string): Record<string, string> => ({
  DEFECT_SECRET: SECRET,
  NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${code} })`)}"`,
});

// The secret comes by the environment, because the stack shows the URL of the code, and so the code itself.
const ERROR = `Object.assign(
  new Error('a defect at mongodb://app:' + process.env.DEFECT_SECRET + '@db/music, Bearer ' + process.env.DEFECT_SECRET),
  { command: { name: 'auth', args: [process.env.DEFECT_SECRET] } })`;

describe('an unhandled error', () => {
  let server: TestServer;

  afterEach(() => server?.close());

  it.each([
    ['a rejection', `void Promise.reject(${ERROR})`],
    ['an exception', `setImmediate(() => { throw ${ERROR} })`],
  ])(
    'as %s stops the process with exit code 1, after one log line without secrets',
    async (_what, code) => {
      server = await TestServer.start(withDefect(code));
      const gone = once(server.child, 'exit');
      server.child.kill('SIGUSR2');
      const [exitCode] = (await gone) as [number];
      expect(exitCode).toBe(1);
      const lines = server.lines.filter((line) => line.includes('a defect at'));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('mongodb://[secret]@db/music');
      expect(server.lines.filter((line) => line.includes(SECRET))).toEqual([]);
    },
    60_000,
  );

  it('of a Redis, database or store client is logged, and the process goes on', async () => {
    server = await TestServer.start(
      withDefect(`
        class ReplyError extends Error {}
        void Promise.reject(new ReplyError('WRONGPASS invalid password'));
        void Promise.reject(Object.assign(new Error('AccessDenied'), { $metadata: { httpStatusCode: 403 } }));
        setImmediate(() => { throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }) });
      `),
    );
    server.child.kill('SIGUSR2');
    await eventually(async () =>
      ['WRONGPASS', 'AccessDenied', 'ECONNRESET'].every((word) =>
        server.lines.some((line) => line.includes(word)),
      ),
    );
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  }, 60_000);
});
