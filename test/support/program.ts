import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { resolve } from 'node:path';

/** The path of a program of test/programs, which specs run in processes of their own. */
export const programPath = (name: string): string => resolve('test/programs', `${name}.mjs`);

export function startProgram(name: string, args: string[], options: SpawnOptions): ChildProcess {
  return spawn(process.execPath, [programPath(name), ...args], options);
}
