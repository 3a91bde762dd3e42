import type { FileWindow } from './file-window.js';
import type { TagBudget } from './tag-budget.js';

const HEADER_BYTES = 10;

/** Counts the frames of consecutive ID3v2 tags at `at`; resolves with their end (id3.org, ID3v2.2 to 2.4). */
export async function countId3(file: FileWindow, at: number, budget: TagBudget): Promise<number> {
  for (;;) {
    const header = await file.bytes(at, HEADER_BYTES);
    if (header.length < HEADER_BYTES || header.toString('latin1', 0, 3) !== 'ID3') return at;
    const end = at + HEADER_BYTES + syncsafe(header, 6);
    budget.spend();
    await countFrames(file, at + HEADER_BYTES, Math.min(end, file.size), header, budget);
    at = end;
  }
}

async function countFrames(
  file: FileWindow,
  start: number,
  end: number,
  header: Buffer,
  budget: TagBudget,
): Promise<void> {
  const version = header[3] ?? 0;
  const [idBytes, headBytes] = version === 2 ? [3, 6] : [4, 10];
  const extended = version > 2 && ((header[5] ?? 0) & 0x40) !== 0;
  let at = start + (extended ? await extendedBytes(file, start, version) : 0);
  while (at + headBytes <= end) {
    const head = await file.bytes(at, headBytes);
    // The rest is padding.
    if (head.length < headBytes || head[0] === 0) return;
    budget.spend();
    const size = version === 2 ? head.readUIntBE(3, 3) : frameSize(head, idBytes, version);
    at += headBytes + size;
  }
}

async function extendedBytes(file: FileWindow, at: number, version: number): Promise<number> {
  const head = await file.bytes(at, 4);
  if (head.length < 4) return 0;
  return version === 3 ? 4 + head.readUInt32BE(0) : syncsafe(head, 0);
}

/** Some writers of version 2.4 do not write syncsafe sizes; a set highest bit shows that. */
function frameSize(head: Buffer, at: number, version: number): number {
  const plain = head.readUInt32BE(at);
  return version === 3 || (plain & 0x80808080) !== 0 ? plain : syncsafe(head, at);
}

/** Decodes a syncsafe integer: four times seven bits. */
function syncsafe(bytes: Buffer, at: number): number {
  return [0, 1, 2, 3].reduce((sum, i) => sum * 128 + ((bytes[at + i] ?? 0) & 0x7f), 0);
}
