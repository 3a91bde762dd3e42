import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { contentTypeOf } from '../platform/storage/content-type.js';
import type { Quality } from '../songs/processing/quality.js';
import { mediaPlaylist } from '../songs/media/song-media.js';
import type { MeasuredSegment } from './master-playlist.js';
import { readMediaPlaylist, readSegmentList, writeMediaPlaylist } from './media-playlist.js';
import type { MediaPlaylist } from './media-playlist.js';
import { PackageInvalidError } from './package-invalid-error.js';
import { segmentList } from './package-layout.js';

export interface PackageFile {
  /** Inside the package, with slashes: "128k/segment-00000.ts". */
  readonly path: string;
  readonly bytes: number;
  readonly contentType: string;
}

export function packageFile(path: string, bytes: number): PackageFile {
  return { path, bytes, contentType: contentTypeOf(path) };
}

/** One rendition as found on disk. */
export interface RenditionFiles {
  readonly quality: Quality;
  readonly playlist: MediaPlaylist;
  readonly playlistFile: PackageFile;
  /** Absent for MPEG-TS. */
  readonly initFile?: PackageFile;
  /** In playing order. */
  readonly segments: readonly (PackageFile & MeasuredSegment)[];
}

/** Reads a rendition from disk. Throws PackageInvalidError if its playlist is unreadable or names a missing file. */
export async function readRendition(directory: string, quality: Quality): Promise<RenditionFiles> {
  const path = mediaPlaylist(quality.name);
  const folder = posix.dirname(path);
  const text = await readFile(join(directory, path), 'utf8').catch(() => {
    throw new PackageInvalidError('playlist present', `${path} is missing`);
  });
  const playlist = parse(path, text);
  const measured = async (uri: string): Promise<PackageFile> => {
    // Plain names only: a path or a URL would lead out of the rendition's folder.
    if (!/^[\w-]+\.\w+$/.test(uri)) throw new PackageInvalidError('URIs relative', `${path} names ${uri}`);
    return packageFile(`${folder}/${uri}`, await size(directory, `${folder}/${uri}`));
  };
  return {
    quality,
    playlist,
    playlistFile: packageFile(path, Buffer.byteLength(text)),
    initFile: playlist.init === undefined ? undefined : await measured(playlist.init),
    segments: await Promise.all(
      playlist.segments.map(async ({ uri, seconds }) => ({ ...(await measured(uri)), seconds })),
    ),
  };
}

/** All files of a rendition, its playlist last. */
export function filesOf({ initFile, segments, playlistFile }: RenditionFiles): PackageFile[] {
  return [...(initFile ? [initFile] : []), ...segments, playlistFile];
}

/** Writes the playlist of a rendition in place of the encoder's list of its segments. */
export async function writePlaylist(directory: string, quality: Quality, init?: string): Promise<void> {
  const list = join(directory, segmentList(quality.name));
  const written = await readFile(list, 'utf8').catch(() => {
    throw new PackageInvalidError('playlist present', 'the encoder listed no segments');
  });
  await writeFile(join(directory, mediaPlaylist(quality.name)), playlistOf(written, init));
  await rm(list);
}

function playlistOf(list: string, init?: string): string {
  try {
    return writeMediaPlaylist({ init, segments: readSegmentList(list) });
  } catch (error) {
    throw new PackageInvalidError('playlist readable', (error as Error).message);
  }
}

function parse(path: string, text: string): MediaPlaylist {
  try {
    return readMediaPlaylist(text);
  } catch (error) {
    throw new PackageInvalidError('playlist readable', `${path} ${(error as Error).message}`);
  }
}

async function size(directory: string, path: string): Promise<number> {
  const { size: bytes } = await stat(join(directory, path)).catch(() => ({ size: 0 }));
  if (bytes === 0) throw new PackageInvalidError('segments present', `${path} is missing or empty`);
  return bytes;
}
