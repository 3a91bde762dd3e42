import { execFile, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ChildWatch, type ChildLimits, type Excess } from '../platform/child-process/child-watch.js';
import { overLimit } from './over-limit.js';

export const SHELL = '/bin/sh';
/**
 * What a person waits for runs as the server does, transcodes below both: a third of a processor's share. Less (10 gives a
 * tenth) left them next to nothing on a machine that others keep busy.
 */
export const NICENESS = { urgent: 0, patient: 5 };

const CONFINE = fileURLToPath(new URL('../../bin/confine/run', import.meta.url));
/** The confinement ends what escapes the watch, processor seconds later. */
const BACKSTOP_SECONDS = 5;
const run = promisify(execFile);

/** Arguments for SHELL under which it becomes `binary`, confined. */
export function confined(
  binary: string,
  { cpuSeconds }: ChildLimits,
  niceness: number,
  args: readonly string[],
): string[] {
  const cpu = Math.ceil(cpuSeconds) + BACKSTOP_SECONDS;
  return [CONFINE, binary, `${cpu}@${niceness}`, String(process.pid), ...args];
}

/** Watches over a child; absent for one that could not be started. */
export function watched(
  child: ChildProcess,
  limits: ChildLimits,
  onExcess: (excess: Excess) => void,
): ChildWatch | undefined {
  return child.pid === undefined ? undefined : new ChildWatch(child.pid, limits, onExcess);
}

/** What a confined program prints. Rejects as execFile does, or with the error of the limit it passed. */
export async function ask(
  binary: string,
  args: readonly string[],
  limits: ChildLimits,
  signal?: AbortSignal,
): Promise<{ stdout: string; stderr: string }> {
  const options = { signal, killSignal: 'SIGKILL' as const, maxBuffer: 1 << 20 };
  const answer = run(SHELL, confined(binary, limits, NICENESS.urgent, args), options);
  let excess: Excess | undefined;
  const watch = watched(answer.child, limits, (found) => {
    excess = found;
    // Where the confinement is a shell beside the program, the end of its input is what ends the program.
    answer.child.stdin?.destroy();
    answer.child.kill('SIGKILL');
  });
  try {
    return await answer;
  } catch (error) {
    throw excess ? overLimit(excess) : error;
  } finally {
    watch?.stop();
  }
}

/** Kills a child that leads a group of its own, and whatever it started. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself in the meantime.
  }
}
