import { open } from 'node:fs/promises';
import { countBoxes, countChunks } from './chunks.js';
import { FileWindow } from './file-window.js';
import { countId3 } from './id3.js';
import { countMatroska } from './matroska.js';
import { MOST_TAGS, TagBudget } from './tag-budget.js';
import { countFlac, countOgg } from './vorbis-comments.js';

/** APEv2 (wiki.hydrogenaud.io/APEv2_specification): a footer of 32 bytes, optionally before an ID3v1 tag of 128. */
const APE_FOOTERS = [32, 32 + 128];
/** ASF 3.10 and 4.7 to 4.8: objects that begin with the number of their attributes. */
const ASF_ATTRIBUTES = [
  '40a4d0d207e3d21197f000a0c95ea850',
  'eacbf8c5af5b77488467aa8c44fa4cca',
  '941c23449894d149a1411d134e457054',
].map((hex) => Buffer.from(hex, 'hex'));
/** Boxes with which an MP4 may begin, including old QuickTime files. */
const BOXES = /^(ftyp|moov|mdat|wide|free|skip|pnot)$/;
const ASF_HEADER = Buffer.from('3026b2758e66cf11', 'hex');

/**
 * Counts a file's tags before ffprobe and the tag reader open it. Throws TooComplexError when there are more than a
 * valid file can have. Files that this cannot parse are refused by ffprobe and the tag reader, within their limits.
 */
export async function demandBoundedTags(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const file = new FileWindow(handle, size);
    const budget = new TagBudget();
    await countApe(file, budget);
    // Any container may follow ID3 tags.
    const start = await countId3(file, 0, budget);
    const head = await file.bytes(start, 12);
    const kind = head.toString('latin1', 0, 4);
    if (kind === 'fLaC') await countFlac(file, start, budget);
    else if (kind === 'OggS') await countOgg(file, start, budget);
    else if (/^(RIFF|RF64|BW64)$/.test(kind)) await countChunks(file, start, budget, true);
    else if (kind === 'FORM') await countChunks(file, start, budget, false);
    else if (BOXES.test(head.toString('latin1', 4, 8))) await countBoxes(file, budget);
    else if (head.length >= 4 && head.readUInt32BE(0) === 0x1a45dfa3) await countMatroska(file, budget);
    else if (head.subarray(0, 8).equals(ASF_HEADER)) await countAsf(file, start, budget);
  } finally {
    await handle.close();
  }
}

async function countApe(file: FileWindow, budget: TagBudget): Promise<void> {
  for (const before of APE_FOOTERS) {
    const footer = await file.bytes(Math.max(0, file.size - before), 32);
    if (footer.length < 32 || footer.toString('latin1', 0, 8) !== 'APETAGEX') continue;
    return budget.spend(Math.min(footer.readUInt32LE(16), MOST_TAGS + 1));
  }
}

/** The header is searched, not parsed, because these objects may be in it or in its extension. */
async function countAsf(file: FileWindow, start: number, budget: TagBudget): Promise<void> {
  const head = await file.bytes(start + 16, 8);
  if (head.length < 8) return;
  const end = Math.min(file.size, start + Number(head.readBigUInt64LE(0)));
  // The parts overlap, so that a GUID across a border is found.
  for (let at = start; at < end; at += 16 * 1024) {
    const part = await file.bytes(at, 16 * 1024 + 26);
    for (const guid of ASF_ATTRIBUTES) {
      const found = part.indexOf(guid);
      if (found >= 0 && found < 16 * 1024 && found + 26 <= part.length) {
        budget.spend(part.readUInt16LE(found + 24));
      }
    }
  }
}
