import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Incomplete } from './incomplete-media.js';

/** Increased when older versions could not read what newer ones write. */
const FORMAT = 1;

export interface BackupFile {
  /** Path relative to the backup's folder. */
  path: string;
  bytes: number;
  /** SHA-256, hexadecimal. */
  sha256: string;
}

export interface BackedUpCollection extends BackupFile {
  name: string;
  documents: number;
  /** Canonical extended JSON of IndexPlan. */
  indexes: unknown[];
}

/** Contents of a backup. The manifest is written last, so a folder without one contains no finished backup. */
export interface Manifest {
  format: typeof FORMAT;
  id: string;
  /** Id of the oldest account, which identifies a library, also after a restore. Absent in older backups. */
  library?: string;
  startedAt: string;
  finishedAt: string;
  /** Folder of the data files. */
  data: string;
  collections: BackedUpCollection[];
  /** File with one line per object: key, bytes, sha256. */
  media: BackupFile & { objects: number; objectBytes: number };
  /** Absent if the store had all media. */
  incomplete?: Incomplete[];
}

/** A backup cannot be used. The message is one sentence for the user. */
export class BackupUnusableError extends Error {}

const pathIn = (folder: string): string => join(folder, 'manifest.json');

/** Undefined if there is no manifest. Rejects with BackupUnusableError if it cannot be read. */
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

/** Replaces the manifest atomically and durably: until then the previous backup is valid, afterwards the new one. */
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
