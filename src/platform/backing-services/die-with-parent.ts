import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

/**
 * Reads a pipe that this process keeps open and never writes to: the pipe ends when this process ends, for whatever
 * reason. TERM is passed on to the child; `wait` returns early for it, hence the loop.
 */
const PIPE_WATCHER = `
"$@" 3<&- & child=$!
trap 'kill -TERM $child' TERM
(read -r _ <&3; kill -KILL $child) 2>/dev/null & watcher=$!
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
kill $watcher 2>/dev/null
exit $code
`;

/** Runs a program that does not outlive this process, not even after kill -9, in a process group of its own. */
export function spawnTiedToParent(program: string, args: string[], cwd: string): ChildProcess {
  if (hasParentDeathSignal()) {
    return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
  return spawnWatchingPipe(program, args, cwd);
}

/** The portable implementation: a shell watches a pipe from this process. */
export function spawnWatchingPipe(program: string, args: string[], cwd: string): ChildProcess {
  return spawn('sh', ['-c', PIPE_WATCHER, 'watcher', program, ...args], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
}

/** Whether `setpriv` is installed and knows the option (Linux; not every version does). */
function hasParentDeathSignal(): boolean {
  return spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;
}
