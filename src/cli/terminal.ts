import { Logger } from '@nestjs/common';

const INTERRUPTED = 130;

/** Ctrl-C while a command runs. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** From now on Ctrl-C ends the process at once. */
  forget(): void;
}

/** The first Ctrl-C or SIGTERM aborts the signal and prints `message`, the second one exits immediately. */
export function untilInterrupted(message: string): Interruption {
  return onSignals(['SIGINT', 'SIGTERM'], (isAgain) => {
    if (isAgain) process.exit(INTERRUPTED);
    process.stdout.write(`\n  ${message}\n`);
  });
}

/**
 * For a command that removes what it made before it ends: every signal only aborts, and so does the end of the process
 * that reads our output. A second signal does not exit, because npm sends a second SIGINT after the terminal's.
 */
export function untilInterruptedOrUnread(): AbortSignal {
  const { signal, interrupt } = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], () => undefined);
  process.stdout.on('error', interrupt);
  return signal;
}

function onSignals(
  names: readonly NodeJS.Signals[],
  react: (isAgain: boolean) => void,
): Interruption & { interrupt(): void } {
  const interruption = new AbortController();
  const interrupt = () => {
    react(interruption.signal.aborted);
    interruption.abort(new Error('interrupted'));
  };
  for (const name of names) process.on(name, interrupt);
  return {
    signal: interruption.signal,
    interrupt,
    forget: () => names.forEach((name) => process.off(name, interrupt)),
  };
}

/** Says what is wrong with the arguments and how the command is used. The process ends with exit code 2. */
export function wrongUsage(problem: string, usage: string): void {
  process.stderr.write(`\n  ${problem}\n${usage}\n`);
  process.exitCode = 2;
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
