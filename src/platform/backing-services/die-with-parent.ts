import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

/**
 * Reads a pipe that this process holds open and never writes to: its end is this process's end, however it came.
 * TERM is passed on; `wait` returns early for it, hence the loop.
 */
const PIPE_LEASH = `
"$@" 3<&- & child=$!
trap 'kill -TERM $child' TERM
(read -r _ <&3; kill -KILL $child) 2>/dev/null & watcher=$!
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
kill $watcher 2>/dev/null
exit $code
`;

/** Runs a program that does not outlive this process, not even after kill -9, in a process group of its own. */
export function spawnTiedToParent(program: string, args: string[], cwd: string): ChildProcess {
  if (kernelKeepsLeash()) {
    return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
  return spawnWithPipeLeash(program, args, cwd);
}

/** The portable way. */
export function spawnWithPipeLeash(program: string, args: string[], cwd: string): ChildProcess {
  return spawn('sh', ['-c', PIPE_LEASH, 'leash', program, ...args], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
}

/** Not every setpriv knows the option. */
function kernelKeepsLeash(): boolean {
  return spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;
}
