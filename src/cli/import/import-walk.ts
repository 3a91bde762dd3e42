import { opendir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

const AUDIO = new Set(
  'mp3 m4a m4b mp4 aac flac ogg oga opus wav wave aif aiff aifc wma webm'
    .split(' ')
    .map((name) => `.${name}`),
);

export interface FoundFile {
  path: string;
  bytes: number;
}

/** Numbers of skipped files by reason: "hidden", ".jpg", "unreadable". */
export type SkippedFiles = Map<string, number>;

/**
 * Yields the audio files below a folder, in the order of their names. Links are followed, but no folder is entered
 * twice, so circular links end. Files are skipped by their extension; the server validates their contents.
 */
export async function* audioFilesBelow(
  folder: string,
  skipped: SkippedFiles,
  entered = new Set<string>(),
): AsyncGenerator<FoundFile> {
  const skip = (reason: string) => void skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
  const real = await realpath(folder).catch(() => undefined);
  if (!real) return skip('unreadable');
  if (entered.has(real)) return;
  entered.add(real);
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) names.push(name);
  } catch {
    return skip('unreadable');
  }
  for (const name of names.sort()) {
    if (name.startsWith('.')) {
      skip('hidden');
      continue;
    }
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (!facts) skip('unreadable');
    else if (facts.isDirectory()) yield* audioFilesBelow(path, skipped, entered);
    else if (!facts.isFile() || !AUDIO.has(extname(name).toLowerCase()))
      skip(extname(name).toLowerCase() || 'no extension');
    else yield { path, bytes: facts.size };
  }
}
