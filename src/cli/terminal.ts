import { Logger } from '@nestjs/common';
import { SingleBar } from 'cli-progress';
import { printable } from '../platform/logging/printable.js';

const INTERRUPTED = 130;

/** The first Ctrl-C asks for an orderly end, the second one ends. */
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

/** A bar over things that have names. */
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

  /** Again does nothing. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.bar.stop();
  }
}

/** Runs a command to its exit code; an error is one sentence. */
export async function command(name: string, run: () => Promise<number>): Promise<void> {
  // What embedded suppliers say of their start and end is not what was asked for.
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
  // Connections that repair themselves would keep the process alive.
  process.exit();
}
