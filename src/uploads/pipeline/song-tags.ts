import { parse } from 'node:path';
import type { Song } from '../../songs/song.schema.js';
import type { Tags } from './tag-reader.service.js';
import type { UploadSongInput } from './upload-song.input.js';

/** The limit of these fields on Song. Longer input is refused before; a longer file name is cut. */
const MAX_LENGTH = 300;

export type SongTags = Pick<
  Song,
  'title' | 'artist' | 'albumTitle' | 'trackNumber' | 'discNumber' | 'year' | 'genre'
>;

/** The tags of a new song: the input first, then the file's tags, then the file name as title. */
export function chooseTags(input: Partial<UploadSongInput>, tags: Tags, fileName: string): SongTags {
  return {
    title: provided(input.title) ?? tags.title ?? titleFrom(fileName),
    artist: provided(input.artist) ?? tags.artist ?? null,
    albumTitle: provided(input.albumTitle) ?? tags.albumTitle ?? null,
    trackNumber: input.trackNumber ?? tags.trackNumber ?? null,
    discNumber: input.discNumber ?? tags.discNumber ?? null,
    year: input.year ?? tags.year ?? null,
    genre: provided(input.genre) ?? tags.genre ?? null,
  };
}

/**
 * Removes control characters and unpaired surrogates, trims, and cuts to `maxLength` characters; undefined if empty.
 */
export function cleanText(text: string | null | undefined, maxLength: number): string | undefined {
  const cleaned = text?.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').trim();
  return cleaned ? Array.from(cleaned).slice(0, maxLength).join('').trim() : undefined;
}

function provided(text: string | null | undefined): string | undefined {
  return cleanText(text, MAX_LENGTH);
}

function titleFrom(fileName: string): string {
  const { name } = parse(fileName.replaceAll('\\', '/'));
  return cleanText(name.replace(/_+/g, ' '), MAX_LENGTH) ?? 'Untitled';
}
