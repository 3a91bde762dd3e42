import type { FileWindow } from './file-window.js';
import type { TagBudget } from './tag-budget.js';

/** RFC 9559 5: elements that contain the elements of tags, chapters and attachments. */
const SEGMENT = 0x18538067;
const HOLDERS = new Set([SEGMENT, 0x1254c367, 0x7373, 0x67c8, 0x1043a770, 0x45b9, 0xb6, 0x1941a469]);
/** SimpleTag, ChapterAtom, AttachedFile. */
const ENTRIES = new Set([0x67c8, 0xb6, 0x61a7]);
/** Elements nested deeper than this are read neither here nor by ffmpeg. */
const DEEPEST = 16;

/** Counts the tags, chapters and attachments of a Matroska or WebM file. */
export async function countMatroska(file: FileWindow, budget: TagBudget): Promise<void> {
  await walk(0, file.size, 0);

  async function walk(from: number, to: number, depth: number): Promise<void> {
    for (let at = from; at < to;) {
      const head = await file.bytes(at, 12);
      const id = vint(head, 0, true);
      const size = id && vint(head, id.bytes, false);
      if (!id || !size) return;
      const body = at + id.bytes + size.bytes;
      if (ENTRIES.has(id.value)) budget.spend();
      const end = size.unknown ? to : body + size.value;
      if (HOLDERS.has(id.value) && depth < DEEPEST) await walk(body, Math.min(end, to), depth + 1);
      // A cluster of unknown size: a live recording, which cannot have tags after it.
      else if (size.unknown) return;
      at = end;
    }
  }
}

/** RFC 8794 4: a number whose first byte encodes its length; an id keeps the length bits. */
function vint(head: Buffer, at: number, keepMarker: boolean) {
  const first = head[at];
  if (!first) return undefined;
  const bytes = Math.clz32(first) - 23;
  if (at + bytes > head.length) return undefined;
  let value = keepMarker ? first : first & (0xff >> bytes);
  let unknown = value === 0xff >> bytes;
  for (let i = 1; i < bytes; i++) {
    value = value * 256 + head[at + i]!;
    unknown &&= head[at + i] === 0xff;
  }
  return { value, bytes, unknown };
}
