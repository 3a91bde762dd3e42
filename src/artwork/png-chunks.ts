/** PNG (third edition) 5.2. */
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/**
 * Chunks that change the look of a still picture, besides the critical ones (11.3): transparency, colours, orientation.
 */
const LOOKS = new Set(['tRNS', 'gAMA', 'cHRM', 'sRGB', 'cICP', 'iCCP', 'sBIT', 'eXIf']);
/** A larger one of these chunks is not a colour profile but an attack, bytes. */
const LOOKS_BYTES = 64 * 1024;
/** Length, type and checksum around a chunk's data (5.3). */
const FRAME_BYTES = 12;

/**
 * Removes the metadata chunks of a PNG: 1.9 MB of compressed text chunks kept a decoder busy for minutes. Other
 * formats, and everything after a truncated chunk, are not changed; the decoder refuses them.
 */
export function withoutTextChunks(image: Uint8Array): Buffer {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return bytes;
  const kept: Buffer[] = [SIGNATURE];
  let at = SIGNATURE.length;
  while (at + FRAME_BYTES <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const end = at + FRAME_BYTES + length;
    if (end > bytes.length) break;
    if (shows(bytes.toString('latin1', at + 4, at + 8), length)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, bytes.subarray(at)]);
}

/** A capital first letter makes a chunk critical (5.4). */
function shows(type: string, length: number): boolean {
  return /^[A-Z]/.test(type) || (LOOKS.has(type) && length <= LOOKS_BYTES);
}
