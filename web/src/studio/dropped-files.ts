/** Files that operating systems create in folders. */
const JUNK = /^\.|^(Thumbs\.db|desktop\.ini)$/i;
const PICTURES_AND_TEXT = /\.(jpe?g|png|gif|webp|txt|nfo|cue|log|m3u8?|pdf|xml|html?|sfv|md5)$/i;

/** All dropped files, including those in folders. Files in folders that are clearly no songs are skipped. */
export async function filesOf(transfer: DataTransfer): Promise<File[]> {
  // Entries must be read before the first await, after which the list is empty.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...transfer.files];
  return (await Promise.all(entries.map((entry) => walk(entry, false)))).flat();
}

async function walk(entry: FileSystemEntry, isInside: boolean): Promise<File[]> {
  if (entry.isFile) {
    if (isInside && (JUNK.test(entry.name) || PICTURES_AND_TEXT.test(entry.name))) return [];
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  for (;;) {
    // A reader returns at most a hundred entries per call.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return files;
    for (const each of some.toSorted((a, b) => a.name.localeCompare(b.name))) files.push(...(await walk(each, true)));
  }
}
