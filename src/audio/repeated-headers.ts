import { open, rename, rm } from 'node:fs/promises';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** The repeated headers are searched in this many bytes from the start. */
const HEAD_BYTES = 1 << 20;
const PAGE_HEADER_BYTES = 27;
/** Identification, comment and setup (Vorbis I 4.2). */
const HEADERS = 3;

/**
 * Some editors write a stream's three Vorbis headers twice. Decoders must ignore the repeated ones (Vorbis I 4.3.1: a
 * packet that is not audio is ignored), but ffmpeg refuses the whole file, and so do browsers that use it. Removes the
 * repeated headers from an Ogg file in place; any other file is not changed. Resolves with the file's size, bytes.
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
  // A temporary file in the same private folder.
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

/** The first `read` bytes of an Ogg Vorbis file without repeated headers; undefined when none are repeated. */
export function withoutRepeatedHeaders(start: Buffer): { head: Buffer; read: number } | undefined {
  const pages: Buffer[] = [];
  let headers = 0;
  let mended = false;
  let at = 0;
  for (;;) {
    const page = pageAt(start, at);
    if (!page) break;
    // Only files with one stream, so that pages need not be assigned to streams.
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
  /** The lengths of its segments in the page header (RFC 3533 6). */
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

/** The packets of a page. A packet that continues across pages counts as one here; it cannot look like a header. */
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
  // These editors give the repeated headers a negative time.
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

/** CRC-32 with the generator 0x04c11db7, most significant bit first (RFC 3533 6), which zlib does not have. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0);
  }
  return sum >>> 0;
}
