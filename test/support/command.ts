import { execFile } from 'node:child_process';
import { join } from 'node:path';

export interface CommandResult {
  code: number;
  out: string;
  err: string;
}

/** Runs a compiled command of src/cli as a person does, with this environment and little else. */
export function runCommand(
  name: string,
  env: Record<string, string>,
  ...args: string[]
): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(process.env.DIST_DIR ?? 'dist', `cli/${name}.js`), ...args],
      { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env }, maxBuffer: 1 << 24 },
      (error, out, err) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}
