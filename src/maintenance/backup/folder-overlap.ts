import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

/** Says whether a folder of `some` equals, contains or is inside one of `others`; resolves links. Absolute paths. */
export async function overlap(some: readonly string[], others: readonly string[]): Promise<boolean> {
  const [ours, theirs] = await Promise.all([some, others].map((paths) => Promise.all(paths.map(realPathOf))));
  return ours!.some((one) => theirs!.some((other) => isWithin(one, other) || isWithin(other, one)));
}

/** Like `realpath`, but also works for paths that do not exist yet. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(path) === path) throw error;
    return join(await realPathOf(dirname(path)), basename(path));
  }
}

const isWithin = (inner: string, outer: string): boolean =>
  inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
