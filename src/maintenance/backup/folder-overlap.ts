import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

/** Whether one of `some` is, holds or lies in one of `others`, whatever links lead there; absolute paths. */
export async function overlap(some: readonly string[], others: readonly string[]): Promise<boolean> {
  const [ours, theirs] = await Promise.all([some, others].map((paths) => Promise.all(paths.map(realPathOf))));
  return ours!.some((one) => theirs!.some((other) => isWithin(one, other) || isWithin(other, one)));
}

/** Of what does not exist yet, too. */
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
