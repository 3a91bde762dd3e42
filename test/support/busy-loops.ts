import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Keeps this machine's processors busy with this many endless loops; the returned function ends them. */
export function keepBusy(loops = 8): () => Promise<void> {
  const children = Array.from({ length: loops }, () =>
    // The loops also end by themselves, so that a killed test leaves a usable machine.
    spawn('/bin/sh', ['-c', 'ulimit -t 600; while :; do :; done'], { stdio: 'ignore' }),
  );
  return async () => {
    await Promise.all(
      children.map(async (child) => {
        const gone = once(child, 'exit');
        if (child.kill('SIGKILL')) await gone;
      }),
    );
  };
}
