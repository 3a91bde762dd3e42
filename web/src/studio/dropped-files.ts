/** What an operating system puts into folders by itself. */
const JUNK = /^\.|^(Thumbs\.db|desktop\.ini)$/i;
const PICTURES_AND_TEXT = /\.(jpe?g|png|gif|webp|txt|nfo|cue|log|m3u8?|pdf|xml|html?|sfv|md5)$/i;

/** All files of a drop, with those in dropped folders; what is plainly no song is left out of folders, not of a direct drop. */
export async function filesOf(transfer: DataTransfer): Promise<File[]> {
  // Entries have to be taken before the first await: after it the list is empty.
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
    // A reader gives at most a hundred at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return files;
    for (const each of some.toSorted((a, b) => a.name.localeCompare(b.name))) files.push(...(await walk(each, true)));
  }
}
