import type { FileWindow } from './file-window.js';
import { MOST_TAGS, type TagBudget } from './tag-budget.js';

/** Number of pages that are read: enough for all header pages of a file with sixteen streams. */
const PAGES = 64;
const PAGE_HEADER_BYTES = 27;
const FLAC_COMMENTS = 4;
const COMMENTS = ['\x03vorbis', 'OpusTags'];

/** Counts a FLAC file's blocks and comments (RFC 9639 8). */
export async function countFlac(file: FileWindow, start: number, budget: TagBudget): Promise<void> {
  for (let at = start + 4; ;) {
    const head = await file.bytes(at, 4);
    if (head.length < 4) return;
    budget.spend();
    if ((head[0]! & 0x7f) === FLAC_COMMENTS) await countComments(file, at + 4, budget);
    at += 4 + head.readUIntBE(1, 3);
    if (head[0]! & 0x80) return;
  }
}

/** Counts the comments of every stream at the beginning of an Ogg file (RFC 3533 6). */
export async function countOgg(file: FileWindow, start: number, budget: TagBudget): Promise<void> {
  let at = start;
  for (let page = 0; page < PAGES; page++) {
    const head = await file.bytes(at, PAGE_HEADER_BYTES + 255);
    const segments = head[26];
    if (segments === undefined || head.toString('latin1', 0, 4) !== 'OggS') return;
    const body = at + PAGE_HEADER_BYTES + segments;
    const packet = await file.text(body, 8);
    const name = COMMENTS.find((each) => packet.startsWith(each));
    if (name) await countComments(file, body + name.length, budget);
    // FLAC in Ogg: each metadata block is a packet.
    else if (packet.charCodeAt(0) % 128 === FLAC_COMMENTS) await countComments(file, body + 4, budget);
    at = body + head.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + segments).reduce((a, b) => a + b, 0);
  }
}

/** Vorbis I 5.2.1: the vendor string, then the number of comments. The declared number counts, even if it is wrong. */
async function countComments(file: FileWindow, at: number, budget: TagBudget): Promise<void> {
  const vendor = await file.bytes(at, 4);
  if (vendor.length < 4) return;
  const count = await file.bytes(at + 4 + vendor.readUInt32LE(0), 4);
  if (count.length < 4) return;
  budget.spend(Math.min(count.readUInt32LE(0), MOST_TAGS + 1));
}
