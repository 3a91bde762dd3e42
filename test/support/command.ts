import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export interface Ended {
  /** Exit code; null if a signal ended the process. */
  code: number | null;
  out: string;
  err: string;
  /** Standard output and standard error, interleaved as they arrived. */
  output: string;
}

export interface RunningCommand {
  child: ChildProcess;
  ended: Promise<Ended>;
}

/** Starts a compiled command of src/cli with this environment, PATH and HOME. */
export function startCommand(name: string, args: string[], env: Record<string, string> = {}): RunningCommand {
  const script = join(process.env.DIST_DIR ?? 'dist', 'cli', `${name}.js`);
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '', output: '' };
  const hear = (stream: 'out' | 'err') => (text: Buffer) => {
    said[stream] += text;
    said.output += text;
  };
  child.stdout.on('data', hear('out'));
  child.stderr.on('data', hear('err'));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...said })));
  return { child, ended };
}

export const runCommand = (...args: Parameters<typeof startCommand>): Promise<Ended> =>
  startCommand(...args).ended;
