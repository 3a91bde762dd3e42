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

/** What was passed over, by reason: "hidden", ".jpg", "unreadable". */
export type PassedOver = Map<string, number>;

/**
 * The audio files below a folder, in the order of their names. Links are followed, but no folder is entered twice, so a
 * circle of links ends. The contents are the server's to judge; only names that promise no sound are passed over.
 */
export async function* audioFilesBelow(
  folder: string,
  passedOver: PassedOver,
  entered = new Set<string>(),
): AsyncGenerator<FoundFile> {
  const passOver = (reason: string) => void passedOver.set(reason, (passedOver.get(reason) ?? 0) + 1);
  const real = await realpath(folder).catch(() => undefined);
  if (!real) return passOver('unreadable');
  if (entered.has(real)) return;
  entered.add(real);
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) names.push(name);
  } catch {
    return passOver('unreadable');
  }
  for (const name of names.sort()) {
    if (name.startsWith('.')) {
      passOver('hidden');
      continue;
    }
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (!facts) passOver('unreadable');
    else if (facts.isDirectory()) yield* audioFilesBelow(path, passedOver, entered);
    else if (!facts.isFile() || !AUDIO.has(extname(name).toLowerCase()))
      passOver(extname(name).toLowerCase() || 'no extension');
    else yield { path, bytes: facts.size };
  }
}
