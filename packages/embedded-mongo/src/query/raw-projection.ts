import { RAW_ARRAY, RAW_DOCUMENT, rawDocument, rawElements, type RawElement } from '../bson/raw.js';

/** A tree of paths: a leaf is projected as a whole. */
export interface Tree {
  [field: string]: Tree | true;
}

/**
 * Includes or excludes the paths of `tree` on the stored bytes. Elements are copied or skipped; no value is decoded.
 */
export function projectRaw(bytes: Buffer, tree: Tree, inclusive: boolean): Buffer {
  return inclusive ? include(bytes, 0, tree) : exclude(bytes, 0, tree);
}

function include(bytes: Buffer, at: number, tree: Tree): Buffer {
  const parts: Uint8Array[] = [];
  for (const element of rawElements(bytes, at)) {
    const below = treeBelow(tree, element.name);
    if (below === true) parts.push(bytes.subarray(element.start, element.end));
    else if (below && element.type === RAW_DOCUMENT)
      parts.push(head(bytes, element), include(bytes, element.value, below));
    else if (below && element.type === RAW_ARRAY)
      parts.push(head(bytes, element), includeItems(bytes, element.value, below));
  }
  return rawDocument(parts);
}

/** Drops items that are neither documents nor arrays and renumbers the others. */
function includeItems(bytes: Buffer, at: number, tree: Tree): Buffer {
  const parts: Uint8Array[] = [];
  let place = 0;
  for (const { type, value } of rawElements(bytes, at)) {
    if (type !== RAW_DOCUMENT && type !== RAW_ARRAY) continue;
    const kept = type === RAW_DOCUMENT ? include(bytes, value, tree) : includeItems(bytes, value, tree);
    parts.push(Buffer.from(`${String.fromCharCode(type)}${place++}\0`, 'latin1'), kept);
  }
  return rawDocument(parts);
}

/** Handles documents and arrays. For an array, `tree` applies to each item. */
function exclude(bytes: Buffer, at: number, tree: Tree, isArray = false): Buffer {
  const parts: Uint8Array[] = [];
  for (const element of rawElements(bytes, at)) {
    const below = isArray ? tree : treeBelow(tree, element.name);
    if (below === true) continue;
    if (below && (element.type === RAW_DOCUMENT || element.type === RAW_ARRAY))
      parts.push(head(bytes, element), exclude(bytes, element.value, below, element.type === RAW_ARRAY));
    else parts.push(bytes.subarray(element.start, element.end));
  }
  return rawDocument(parts);
}

const treeBelow = (tree: Tree, name: string): Tree | true | undefined =>
  Object.hasOwn(tree, name) ? tree[name] : undefined;

const head = (bytes: Buffer, { start, value }: RawElement): Buffer => bytes.subarray(start, value);
