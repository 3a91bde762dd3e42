import { basename, dirname } from 'node:path';
import { foldedKey } from '../../songs/search-words.js';
import type { Tags } from '../../uploads/pipeline/tag-reader.service.js';

export const VARIOUS_ARTISTS = 'Various Artists';

/** What albums are derived from: a file's path below the folder, and its tags. */
export interface TaggedFile {
  path: string;
  tags: Tags;
}

/** An album as its files describe it; the files are in order of disc and track. */
export interface PlannedAlbum {
  title: string;
  artist: string | null;
  /** Year of release if all files agree on it, else null. */
  releaseDate: string | null;
  files: TaggedFile[];
}

export interface Place {
  discNumber: number;
  trackNumber: number;
}

const DISC_FOLDER = /^(?:cd|dis[ck])[ _-]*(\d{1,2})$/i;
const VARIOUS = new Set(['various artists', 'various', 'va']);
const byPath = new Intl.Collator('en', { numeric: true });

/**
 * Groups files into albums. Files with the same album title and album artist form one album wherever they are; files
 * without an album artist only together with files in the same folder, by their common artist or by Various Artists.
 * Folders called "CD 1" or "Disc 2" count as their parent folder. Files without an album tag are left out.
 */
export function planAlbums(files: readonly TaggedFile[]): PlannedAlbum[] {
  const groups = new Map<string, TaggedFile[]>();
  for (const file of files) {
    const { albumTitle } = file.tags;
    if (!albumTitle) continue;
    const artist = statedArtist(file.tags);
    const belongsBy = artist === undefined ? `in ${albumFolder(file.path)}` : `by ${foldedKey(artist)}`;
    const key = JSON.stringify([foldedKey(albumTitle), belongsBy]);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return merged([...groups.values()].map(albumOf));
}

/** Key by which albums of the server and planned albums are matched. */
export function albumKey({ title, artist }: { title: string; artist: string | null }): string {
  return JSON.stringify([foldedKey(title), foldedKey(artist ?? '')]);
}

/**
 * Assigns a place to every new file: the one in its tags unless that is taken, else after the last one on its disc.
 * `taken` are the places of the album's present tracks, which stay.
 */
export function placeNewcomers(newcomers: readonly TaggedFile[], taken: readonly Place[]): Place[] {
  const places = new Set(taken.map(spelled));
  const last = new Map<number, number>();
  const occupy = (place: Place) => {
    places.add(spelled(place));
    last.set(place.discNumber, Math.max(last.get(place.discNumber) ?? 0, place.trackNumber));
    return place;
  };
  taken.forEach(occupy);
  const found = new Map<TaggedFile, Place>();
  for (const file of newcomers) {
    const { trackNumber } = file.tags;
    const stated = trackNumber && { discNumber: discOf(file), trackNumber };
    if (stated && !places.has(spelled(stated))) found.set(file, occupy(stated));
  }
  return newcomers.map((file) => {
    const discNumber = discOf(file);
    return found.get(file) ?? occupy({ discNumber, trackNumber: (last.get(discNumber) ?? 0) + 1 });
  });
}

function statedArtist({ albumArtist, compilation }: Tags): string | undefined {
  const isVarious = albumArtist ? VARIOUS.has(foldedKey(albumArtist)) : compilation;
  return isVarious ? VARIOUS_ARTISTS : albumArtist;
}

function albumOf(files: TaggedFile[]): PlannedAlbum {
  const { tags } = files[0]!;
  const artists = new Map(files.map((file) => [foldedKey(file.tags.artist ?? ''), file.tags.artist]));
  const shared = artists.size > 1 ? VARIOUS_ARTISTS : (tags.artist ?? null);
  const years = new Set(files.map((file) => file.tags.year));
  return {
    title: tags.albumTitle!,
    artist: statedArtist(tags) ?? shared,
    releaseDate: years.size === 1 && tags.year ? String(tags.year).padStart(4, '0') : null,
    files: inOrder(files),
  };
}

/** Merges albums of the same title and artist from several folders, because the server cannot distinguish them. */
function merged(albums: readonly PlannedAlbum[]): PlannedAlbum[] {
  const known = new Map<string, PlannedAlbum>();
  for (const album of albums) {
    const twin = known.get(albumKey(album));
    if (twin) twin.files = inOrder([...twin.files, ...album.files]);
    else known.set(albumKey(album), album);
  }
  return [...known.values()];
}

/** Sorts by disc and track; files without these tags, or with the same ones, by path. */
function inOrder(files: readonly TaggedFile[]): TaggedFile[] {
  const track = ({ tags }: TaggedFile) => tags.trackNumber ?? Infinity;
  return [...files].sort(
    (a, b) =>
      discOf(a) - discOf(b) ||
      (track(a) === track(b) ? 0 : track(a) - track(b)) ||
      byPath.compare(a.path, b.path),
  );
}

function discOf({ path, tags }: TaggedFile): number {
  return tags.discNumber ?? (Number(DISC_FOLDER.exec(basename(dirname(path)))?.[1]) || 1);
}

function albumFolder(path: string): string {
  const folder = dirname(path);
  return DISC_FOLDER.test(basename(folder)) ? dirname(folder) : folder;
}

const spelled = ({ discNumber, trackNumber }: Place) => `${discNumber}/${trackNumber}`;
