/** Sizes from here on mean "unknown": streaming writers use them (ffmpeg 0xFFFFFFFF, sox 0x7FFFFxxx). */
const UNKNOWN_SIZE = 0x7ff00000;

/** Length declared by a WAV header, seconds ("Multimedia Programming Interface 1.0", RF64: EBU Tech 3306). */
export function wavSeconds(head: Buffer): number | undefined {
  const kind = head.toString('latin1', 0, 4);
  if (kind !== 'RIFF' && kind !== 'RF64') return undefined;
  let bytesPerSecond: number | undefined;
  let longSize: number | undefined;
  for (let at = 12; at + 8 <= head.length;) {
    const id = head.toString('latin1', at, at + 4);
    const size = head.readUInt32LE(at + 4);
    const body = at + 8;
    if (id === 'fmt ' && body + 14 <= head.length) {
      // Not the average byte rate: no player uses it, and some writers get it wrong.
      bytesPerSecond = head.readUInt32LE(body + 4) * head.readUInt16LE(body + 12);
    }
    if (id === 'ds64' && body + 16 <= head.length) longSize = Number(head.readBigUInt64LE(body + 8));
    if (id === 'data') {
      const bytes = longSize ?? size;
      const known = bytes > 0 && (longSize !== undefined || bytes < UNKNOWN_SIZE);
      return known && bytesPerSecond ? bytes / bytesPerSecond : undefined;
    }
    // Chunks are padded to an even length.
    at = body + size + (size % 2);
  }
  return undefined;
}

/** GUID 8CABDCA1-A947-11CF-8EE4-00C00C205365 in the byte order of the file. */
const ASF_FILE_PROPERTIES = Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex');

/** Length declared by an ASF header, seconds (ASF specification 3.2). */
export function asfSeconds(head: Buffer): number | undefined {
  const at = head.indexOf(ASF_FILE_PROPERTIES);
  if (at < 0 || at + 92 > head.length) return undefined;
  const isBroadcast = (head.readUInt32LE(at + 88) & 1) === 1;
  if (isBroadcast) return undefined;
  const playSeconds = Number(head.readBigUInt64LE(at + 64)) / 1e7;
  const prerollSeconds = Number(head.readBigUInt64LE(at + 80)) / 1e3;
  return playSeconds > prerollSeconds ? playSeconds - prerollSeconds : undefined;
}

/**
 * Whether the last Ogg page declares more bytes than are left (RFC 3533 6). A file that ends between two pages counts
 * as complete, because recordings of a broadcast also lack the end-of-stream mark.
 */
export function oggIsCut(tail: Buffer): boolean {
  for (let at = tail.lastIndexOf('OggS'); at >= 0; at = at > 0 ? tail.lastIndexOf('OggS', at - 1) : -1) {
    const isHeader = tail[at + 4] === 0 && (tail[at + 5] ?? 0) <= 7;
    const segments = tail[at + 26];
    // Only at the end of the file can a header be incomplete.
    if (segments === undefined || at + 27 + segments > tail.length) return true;
    if (!isHeader) continue;
    const lengths = tail.subarray(at + 27, at + 27 + segments);
    return at + 27 + segments + lengths.reduce((sum, length) => sum + length, 0) > tail.length;
  }
  return false;
}
