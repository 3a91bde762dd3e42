import { readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Quality } from '../songs/processing/quality.js';
import { mediaPlaylist } from '../songs/media/song-media.js';
import type { MeasuredSegment } from './master-playlist.js';
import { readMediaPlaylist } from './media-playlist.js';
import type { MediaPlaylist } from './media-playlist.js';
import { PackageInvalidError } from './package-invalid-error.js';

export interface PackageFile {
  /** Inside the package, with slashes. */
  readonly path: string;
  readonly bytes: number;
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
    return { path: `${folder}/${uri}`, bytes: await size(directory, `${folder}/${uri}`) };
  };
  return {
    quality,
    playlist,
    playlistFile: { path, bytes: Buffer.byteLength(text) },
    initFile: playlist.init === undefined ? undefined : await measured(playlist.init),
    segments: await Promise.all(
      playlist.segments.map(async ({ uri, seconds }) => ({ ...(await measured(uri)), seconds })),
    ),
  };
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
