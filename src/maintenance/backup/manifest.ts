import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Incomplete } from './incomplete-media.js';

/** Raised when an older program could not read what a newer one writes. */
const FORMAT = 1;

export interface BackupFile {
  /** Below the backup's folder. */
  path: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

export interface BackedUpCollection extends BackupFile {
  name: string;
  documents: number;
  /** Canonical extended JSON of IndexPlan. */
  indexes: unknown[];
}

/** What a backup consists of; the last thing written, so a backup without one is none. */
export interface Manifest {
  format: typeof FORMAT;
  id: string;
  /** The oldest account: the same for as long as a library lives, and after a restore. Absent in older backups. */
  library?: string;
  startedAt: string;
  finishedAt: string;
  /** Folder of the files with lines. */
  data: string;
  collections: BackedUpCollection[];
  /** A line per object: key, bytes, sha256. */
  media: BackupFile & { objects: number; objectBytes: number };
  /** Absent when the store had everything. */
  incomplete?: Incomplete[];
}

/** One sentence about a backup that cannot be used. */
export class BackupUnusableError extends Error {}

const pathIn = (folder: string): string => join(folder, 'manifest.json');

/** Undefined when there is none. Rejects with BackupUnusableError when it cannot be understood. */
export async function findManifest(folder: string): Promise<Manifest | undefined> {
  const text = await readFile(pathIn(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const manifest = parse(text);
  if (!manifest || typeof manifest.id !== 'string' || !Array.isArray(manifest.collections))
    throw new BackupUnusableError(
      "manifest.json in this folder is damaged, or not a backup's. Name another folder; nothing was changed.",
    );
  if (manifest.format !== FORMAT)
    throw new BackupUnusableError(
      `The backup was made by another version (format ${manifest.format}); use that one.`,
    );
  return manifest;
}

export async function readManifest(folder: string): Promise<Manifest> {
  const manifest = await findManifest(folder);
  if (!manifest)
    throw new BackupUnusableError(
      'There is no finished backup in this folder: manifest.json, which is written last, is missing.',
    );
  return manifest;
}

/** At once and durably: before it the backup of before holds, after it this one. */
export async function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): Promise<void> {
  const unfinished = `${pathIn(folder)}.unfinished`;
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, pathIn(folder));
  const directory = await open(dirname(pathIn(folder)), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function parse(text: string): Manifest | undefined {
  try {
    return JSON.parse(text) as Manifest;
  } catch {
    return undefined;
  }
}
