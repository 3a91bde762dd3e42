import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';

/** A watched process that blocks its own event loop; its own output appears only when the loop runs again. */
const BLOCKED = `
  const { Registry } = await import('prom-client');
  const { EventLoopWatch } = await import('${resolve(process.env['DIST_DIR'] ?? 'dist', 'platform/metrics/event-loop-watch.service.js')}');
  const registry = new Registry();
  const watch = new EventLoopWatch({ LOG_FORMAT: 'json' }, registry);
  watch.onModuleInit();
  const alive = setInterval(() => undefined, 1_000);
  await new Promise((online) => watch.worker.once('online', online));
  await new Promise((done) => setTimeout(done, 1_000));
  watch.running = 'query search';
  const until = Date.now() + 3_000;
  while (Date.now() < until);
  console.log(JSON.stringify({ unblocked: Date.now() }));
  watch.running = '';
  await new Promise((done) => setTimeout(done, 1_000));
  console.log(JSON.stringify({ metrics: await registry.metrics() }));
  clearInterval(alive);
  await watch.onApplicationShutdown();
`;

interface Line {
  level?: number;
  time?: number;
  context?: string;
  operation?: string;
  msg?: string;
  unblocked?: number;
  metrics?: string;
}

it('a blocked event loop is logged during the block, with the operation, and counted', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', BLOCKED], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Line[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line) as Line);
  const [began, ended] = lines.filter(({ context }) => context === 'EventLoop');
  const { unblocked } = lines.find((line) => line.unblocked)!;
  expect(began).toMatchObject({ level: 50, operation: 'query search' });
  expect(began!.msg).toContain('has been blocked for a second');
  expect(began!.time).toBeLessThan(unblocked!);
  expect(lines.indexOf(began!)).toBeLessThan(lines.findIndex((line) => line.unblocked));
  expect(ended!.msg).toMatch(/runs again; it was blocked for \d/);
  const { metrics } = lines.find((line) => line.metrics)!;
  expect(metrics).toMatch(/^event_loop_blocks_total 1$/m);
  const seconds = Number(/^event_loop_blocked_seconds_total ([\d.]+)$/m.exec(metrics!)![1]);
  expect(seconds).toBeGreaterThan(2);
  expect(seconds).toBeLessThan(10);
});
