import { createInterface } from 'node:readline';
import { expect, it } from '@jest/globals';
import { startProgram } from './support/program.js';

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
  const child = startProgram('blocked-loop', [], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: Line[] = [];
  for await (const line of createInterface({ input: child.stdout! })) lines.push(JSON.parse(line) as Line);
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
