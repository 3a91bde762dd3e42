import { open, rename, rm } from 'node:fs/promises';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** Where the repetition is looked for, bytes from the start. */
const HEAD_BYTES = 1 << 20;
const PAGE_HEADER_BYTES = 27;
/** Identification, comment and setup (Vorbis I 4.2). */
const HEADERS = 3;

/**
 * Some editors write a stream's three Vorbis headers twice. Decoders have to pass over the second ones (Vorbis I 4.3.1:
 * a packet that is no audio is ignored), but ffmpeg gives the whole file up, and so do browsers built on it. Takes the
 * second ones out of an Ogg file, in its place; any other file stays as it is. Says the file's size, bytes.
 */
export async function dropRepeatedHeaders(path: string): Promise<number> {
  const file = await open(path, 'r');
  let found: ReturnType<typeof withoutRepeatedHeaders>;
  let bytes: number;
  try {
    bytes = (await file.stat()).size;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(bytes, HEAD_BYTES)), 0);
    found = withoutRepeatedHeaders(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
  if (!found) return bytes;
  const { head, read } = found;
  // Beside it, in the private folder it lies in.
  const mended = `${path}.mended`;
  try {
    await pipeline(
      async function* () {
        yield head;
        yield* createReadStream(path, { start: read }) as AsyncIterable<Buffer>;
      },
      createWriteStream(mended, { flags: 'wx', mode: 0o600 }),
    );
    await rename(mended, path);
  } catch (error) {
    await rm(mended, { force: true });
    throw error;
  }
  return bytes - read + head.length;
}

/** The first `read` bytes of an Ogg Vorbis file as they should be; undefined when nothing is repeated there. */
export function withoutRepeatedHeaders(start: Buffer): { head: Buffer; read: number } | undefined {
  const pages: Buffer[] = [];
  let headers = 0;
  let mended = false;
  let at = 0;
  for (;;) {
    const page = pageAt(start, at);
    if (!page) break;
    // Only a file of one stream: which page is whose does not matter then.
    if (page.readUInt32LE(14) !== start.readUInt32LE(14)) return undefined;
    if (at === 0 && !isHeader(page.subarray(PAGE_HEADER_BYTES + page[26]!))) return undefined;
    const packets = packetsOf(page);
    const kept = packets.filter(({ body }) => !(isHeader(body) && ++headers > HEADERS));
    mended ||= kept.length < packets.length;
    pages.push(kept.length < packets.length ? pageOf(page, kept) : page);
    at += page.length;
  }
  return mended ? { head: Buffer.concat(pages), read: at } : undefined;
}

interface Packet {
  /** Its segments' lengths as the page states them (RFC 3533 6). */
  lacing: Buffer;
  body: Buffer;
}

/** A whole page (RFC 3533 6). */
function pageAt(start: Buffer, at: number): Buffer | undefined {
  const segments = start[at + 26];
  if (segments === undefined || start.toString('latin1', at, at + 4) !== 'OggS') return undefined;
  const body = at + PAGE_HEADER_BYTES + segments;
  const end = start.subarray(body - segments, body).reduce((sum, length) => sum + length, body);
  return end <= start.length ? start.subarray(at, end) : undefined;
}

/** What goes on from the page before or on the next one is a packet like any other here: no header looks like it. */
function packetsOf(page: Buffer): Packet[] {
  const lacing = page.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + page[26]!);
  const packets: Packet[] = [];
  let body = PAGE_HEADER_BYTES + lacing.length;
  let first = 0;
  lacing.forEach((length, i) => {
    if (length === 255 && i + 1 < lacing.length) return;
    const part = lacing.subarray(first, i + 1);
    const end = part.reduce((sum, bytes) => sum + bytes, body);
    packets.push({ lacing: part, body: page.subarray(body, end) });
    [body, first] = [end, i + 1];
  });
  return packets;
}

function isHeader(packet: Buffer): boolean {
  return [1, 3, 5].includes(packet[0] ?? 0) && packet.toString('latin1', 1, 7) === 'vorbis';
}

function pageOf(old: Buffer, packets: readonly Packet[]): Buffer {
  const header = Buffer.from(old.subarray(0, PAGE_HEADER_BYTES));
  // These editors count the repetition as time before the beginning.
  if (header.readBigInt64LE(6) < -1n) header.writeBigInt64LE(0n, 6);
  header[26] = packets.reduce((sum, { lacing }) => sum + lacing.length, 0);
  header.writeUInt32LE(0, 22);
  const page = Buffer.concat([
    header,
    ...packets.map(({ lacing }) => lacing),
    ...packets.map(({ body }) => body),
  ]);
  page.writeUInt32LE(checksum(page), 22);
  return page;
}

/** CRC-32 with the generator 0x04c11db7, most significant bit first (RFC 3533 6): not the one zlib has. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0);
  }
  return sum >>> 0;
}
