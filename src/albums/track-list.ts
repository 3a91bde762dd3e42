import { BadInputError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import type { AlbumTrack } from '../songs/song.repository.js';
import type { Song } from '../songs/song.schema.js';

/** Maximum number of songs of an album. */
export const MAX_TRACKS = 500;
const MAX_DISC = 999;
const MAX_TRACK = 9_999;

/** Sorts in place by disc and track number; songs without numbers first, songs with the same numbers by age. */
export function inTrackOrder<T extends Pick<Song, 'id' | 'discNumber' | 'trackNumber'>>(songs: T[]): T[] {
  return songs.sort(
    (a, b) =>
      (a.discNumber ?? 0) - (b.discNumber ?? 0) ||
      (a.trackNumber ?? 0) - (b.trackNumber ?? 0) ||
      (a.id < b.id ? -1 : 1),
  );
}

/** Returns the tracks. Throws BadInputError, NotFoundError unless all songs and all positions are different. */
export function checkedTracks(tracks: readonly AlbumTrack[]): readonly AlbumTrack[] {
  if (tracks.length > MAX_TRACKS)
    throw new BadInputError(`An album has at most ${MAX_TRACKS} tracks, not ${tracks.length}.`);
  const songs = new Set<string>();
  const places = new Set<string>();
  for (const track of tracks) {
    checkPlace(track);
    const songId = checkedId('Song', track.songId);
    const place = `${track.discNumber}/${track.trackNumber}`;
    if (songs.has(songId)) throw new BadInputError(`Song ${songId} is named twice.`);
    if (places.has(place))
      throw new BadInputError(`Two songs are disc ${track.discNumber}, track ${track.trackNumber}.`);
    songs.add(songId);
    places.add(place);
  }
  return tracks;
}

/** Throws BadInputError if a number is out of range; null and undefined are accepted. */
export function checkPlace(place: { discNumber?: number | null; trackNumber?: number | null }): void {
  const { discNumber, trackNumber } = place;
  if (discNumber != null && !(discNumber >= 1 && discNumber <= MAX_DISC))
    throw new BadInputError(`"discNumber" must be from 1 to ${MAX_DISC}.`);
  if (trackNumber != null && !(trackNumber >= 1 && trackNumber <= MAX_TRACK))
    throw new BadInputError(`"trackNumber" must be from 1 to ${MAX_TRACK}.`);
}
