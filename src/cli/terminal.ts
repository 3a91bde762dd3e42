import { Logger } from '@nestjs/common';
import { SingleBar } from 'cli-progress';
import { printable } from '../platform/logging/printable.js';

const INTERRUPTED = 130;

/** The first Ctrl-C aborts the signal and prints `words`, the second one exits immediately. */
export function untilInterrupted(words: string): AbortSignal {
  const interruption = new AbortController();
  const listener = () => {
    if (interruption.signal.aborted) process.exit(INTERRUPTED);
    process.stdout.write(`\n  ${words} Ctrl-C again does not wait.\n`);
    interruption.abort(new Error('interrupted'));
  };
  process.on('SIGINT', listener).on('SIGTERM', listener);
  return interruption.signal;
}

/** A progress bar that shows the name of the current item. */
export class NamedBar {
  private stopped = false;
  private readonly bar = new SingleBar({
    format: '  {bar} {percentage} %  {value}/{total}  {name}',
    noTTYOutput: true,
    notTTYSchedule: 2_000,
  });

  total(count: number): void {
    this.bar.start(count, 0, { name: '' });
  }

  begins(name: string): void {
    this.bar.update({ name: printable(name).slice(0, 40) });
  }

  done(): void {
    if (this.bar.getProgress() === 1) this.bar.setTotal(this.bar.getTotal() + 1);
    this.bar.increment();
  }

  /** Idempotent. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.bar.stop();
  }
}

/** Runs a command and exits with its exit code; prints an error as one sentence and exits with 1. */
export async function command(name: string, run: () => Promise<number>): Promise<void> {
  // Start and stop messages of embedded backing services would clutter the output.
  Logger.overrideLogger(['fatal', 'error', 'warn']);
  try {
    process.exitCode = await run();
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    process.stderr.write(
      `\n  The ${name} failed: ${message}${cause?.message ? ` (${cause.message})` : ''}\n\n`,
    );
    process.exitCode = 1;
  }
  // Connections that reconnect automatically would keep the process alive.
  process.exit();
}
