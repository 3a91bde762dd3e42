import { parseFile, selectCover } from 'music-metadata';
import { serveParent } from '../../platform/child-process/child-work.js';
import { cleanText } from './song-tags.js';
import type { Tags } from './tag-reader.service.js';

/** Largest embedded picture that is used as a cover, bytes. */
const MAX_COVER_BYTES = 20 * 1024 ** 2;

serveParent(async (path: string): Promise<Tags> => {
  const { common } = await parseFile(path, { duration: false, skipPostHeaders: true });
  const cover = selectCover(common.picture)?.data;
  return {
    title: cleanText(common.title, 300),
    artist: cleanText(common.artist, 300),
    albumTitle: cleanText(common.album, 300),
    albumArtist: cleanText(common.albumartist, 300),
    compilation: common.compilation === true,
    trackNumber: number(common.track.no, 1, 9999),
    discNumber: number(common.disk.no, 1, 999),
    year: number(common.year, 1, 9999),
    genre: cleanText(common.genre?.[0], 100),
    cover: cover && cover.length <= MAX_COVER_BYTES ? new Uint8Array(cover) : undefined,
  };
});

function number(value: number | null | undefined, min: number, max: number): number | undefined {
  return Number.isInteger(value) && value! >= min && value! <= max ? value! : undefined;
}
