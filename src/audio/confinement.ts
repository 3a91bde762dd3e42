import { execFile, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ChildWatch, type ChildLimits, type Excess } from '../platform/child-process/child-watch.js';
import { overLimit } from './over-limit.js';

export const SHELL = '/bin/sh';
/**
 * Work that a user waits for runs with the server's priority, transcodes below it with a third of a processor's share.
 * With less (10 gives a tenth), transcodes got almost no time on a busy machine.
 */
export const NICENESS = { urgent: 0, background: 5 };

const CONFINE = fileURLToPath(new URL('../../bin/confine/run', import.meta.url));
/** The confinement's own limit is this much higher, processor seconds, for processes that ChildWatch misses. */
const BACKSTOP_SECONDS = 5;
const run = promisify(execFile);

/** Arguments with which SHELL replaces itself by `binary` in the confinement. */
export function confined(
  binary: string,
  { cpuSeconds }: ChildLimits,
  niceness: number,
  args: readonly string[],
): string[] {
  const cpu = Math.ceil(cpuSeconds) + BACKSTOP_SECONDS;
  return [CONFINE, binary, `${cpu}@${niceness}`, String(process.pid), ...args];
}

/** Watches a child; undefined when the child could not be started. */
export function watched(
  child: ChildProcess,
  limits: ChildLimits,
  onExcess: (excess: Excess) => void,
): ChildWatch | undefined {
  return child.pid === undefined ? undefined : new ChildWatch(child.pid, limits, onExcess);
}

/** The output of a confined program. Rejects like execFile, or with the error of the limit it exceeded. */
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
    // If the confinement is a shell beside the program, the end of its input ends the program.
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

/** Kills a child that leads its own process group, and its descendants. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
