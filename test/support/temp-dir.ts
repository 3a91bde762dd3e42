import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes an empty folder, which environment.mjs removes after the last hook of the spec file. */
export function tempDir(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `${name}-`));
  (globalThis as unknown as { tempDirs: string[] }).tempDirs.push(path);
  return path;
}
