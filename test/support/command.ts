import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export interface Ended {
  /** null: by a signal. */
  code: number | null;
  output: string;
}

export interface RunningCommand {
  child: ChildProcess;
  ended: Promise<Ended>;
}

/** Starts a compiled program of cli/ as a person would. */
export function startCommand(
  script: string,
  args: string[],
  env: Record<string, string> = {},
): RunningCommand {
  const child = spawn(process.execPath, [join(process.env.DIST_DIR ?? 'dist', 'cli', script), ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, output })));
  return { child, ended };
}

export const runCommand = (...args: Parameters<typeof startCommand>): Promise<Ended> =>
  startCommand(...args).ended;
