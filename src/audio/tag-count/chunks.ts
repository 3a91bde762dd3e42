import type { FileWindow } from './file-window.js';
import { countId3 } from './id3.js';
import { MOST_TAGS, type TagBudget } from './tag-budget.js';

/** Counts the chunks of a WAV (little-endian) or an AIFF (big-endian), including those in its comment lists. */
export async function countChunks(
  file: FileWindow,
  start: number,
  budget: TagBudget,
  littleEndian: boolean,
): Promise<void> {
  await walk(start + 12, file.size);

  async function walk(from: number, to: number): Promise<void> {
    for (let at = from; at + 8 <= to;) {
      const head = await file.bytes(at, 12);
      if (head.length < 8) return;
      budget.spend();
      const id = head.toString('latin1', 0, 4);
      const size = littleEndian ? head.readUInt32LE(4) : head.readUInt32BE(4);
      const end = at + 8 + size;
      if (id === 'LIST') await walk(at + 12, Math.min(end, to));
      if (/^id3 $/i.test(id)) await countId3(file, at + 8, budget);
      // Chunks are padded to an even length.
      at = end + (size % 2);
    }
  }
}

/** Boxes that contain the boxes with a song's tags (ISO/IEC 14496-12; QuickTime's `meta` has no version). */
const HOLDERS = new Set(['moov', 'udta', 'meta', 'ilst', 'trak']);

/** Counts the metadata boxes of an MP4. Its fragments are not counted, because a long song has many. */
export async function countBoxes(file: FileWindow, budget: TagBudget): Promise<void> {
  await walk(0, file.size, '');

  async function walk(from: number, to: number, holder: string): Promise<void> {
    for (let at = from; at + 8 <= to;) {
      const head = await file.bytes(at, 16);
      if (head.length < 8) return;
      if (holder) budget.spend();
      const type = head.toString('latin1', 4, 8);
      const size = boxBytes(head, to - at);
      if (size < 8) return;
      const end = Math.min(at + size, to);
      const body = at + (head.readUInt32BE(0) === 1 ? 16 : 8);
      if (type === 'keys') await countKeys(body);
      const inside = type === 'moov' || holder !== '';
      if (inside && HOLDERS.has(type)) await walk(await contents(type, body), end, type);
      at += size;
    }
  }

  async function countKeys(body: number): Promise<void> {
    const head = await file.bytes(body, 8);
    if (head.length === 8) budget.spend(Math.min(head.readUInt32BE(4), MOST_TAGS + 1));
  }

  async function contents(type: string, body: number): Promise<number> {
    if (type !== 'meta') return body;
    return (await file.text(body + 4, 4)) === 'hdlr' ? body : body + 4;
  }
}

/** A size of 1 means that eight bytes of size follow, 0 means "to the end of the file". */
function boxBytes(head: Buffer, rest: number): number {
  const size = head.readUInt32BE(0);
  if (size === 0) return rest;
  return size === 1 && head.length === 16 ? Number(head.readBigUInt64BE(8)) : size;
}
