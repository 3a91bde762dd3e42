import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Keeps the processors of this machine busy with so many endless loops; ends them when called. */
export function keepBusy(loops = 8): () => Promise<void> {
  const children = Array.from({ length: loops }, () =>
    // Ends by itself, too: a killed test leaves a machine that can be used.
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
