import { join } from 'node:path';
import type { ApiClient } from '../../src/cli/api-client.js';
import { ffmpeg, run } from './audio-fixtures.js';
import { createAlbum, setTracks, updateAlbum } from './albums.js';
import { programPath } from './program.js';
import { uploadSong, type TestSong } from './songs.js';

interface Record_ {
  title: string;
  artist: string;
  year: number;
  genre: string;
  colours: [string, string, string];
  tracks: string[];
}

/** Invented albums, for pictures of the web app. */
const RECORDS: Record_[] = [
  {
    title: 'Harbour Lights',
    artist: 'The Quiet Hours',
    year: 2024,
    genre: 'Ambient',
    colours: ['#0f2027', '#2c7a7b', '#f6ad55'],
    tracks: ['Low Tide', 'Signal Lamp', 'Half Past Blue'],
  },
  {
    title: 'Paper Suns',
    artist: 'Ida Lindqvist',
    year: 2025,
    genre: 'Folk',
    colours: ['#f6d365', '#fda085', '#7b341e'],
    tracks: ['Windowsill', 'Letters Home', 'Paper Suns'],
  },
  {
    title: 'Night Bus Theory',
    artist: 'Tomo & the Relays',
    year: 2023,
    genre: 'Electronic',
    colours: ['#16001e', '#6a0572', '#f72585'],
    tracks: ['Last Stop', 'Neon Arithmetic', 'Transfer'],
  },
  {
    title: 'Glasshouse',
    artist: 'Márta Kéri',
    year: 2022,
    genre: 'Jazz',
    colours: ['#1b4332', '#52b788', '#d8f3dc'],
    tracks: ['Orchid', 'Condensation', 'Greenroom'],
  },
  {
    title: 'Sál',
    artist: 'Björg Sólveig',
    year: 2021,
    genre: 'Choral',
    colours: ['#caf0f8', '#90e0ef', '#03045e'],
    tracks: ['Jökull', 'Vetrarljós', 'Heimþrá'],
  },
  {
    title: 'Small Machines',
    artist: 'Otto Ferrer',
    year: 2025,
    genre: 'Minimal',
    colours: ['#e5e5e5', '#adb5bd', '#d00000'],
    tracks: ['Escapement', 'Bimetal', 'Slow Relay'],
  },
  {
    title: 'Copper Year',
    artist: 'The Long Division',
    year: 2020,
    genre: 'Rock',
    colours: ['#2b1b17', '#b5651d', '#ffe8d6'],
    tracks: ['Remainder', 'Copper Year', 'Carry the One'],
  },
  {
    title: 'Tidal Maps',
    artist: 'Noor Haddad',
    year: 2024,
    genre: 'World',
    colours: ['#001d3d', '#ffc300', '#003566'],
    tracks: ['Estuary', 'Meridian', 'Salt Road'],
  },
];
/** Song lengths in seconds: realistic ones for published pictures, short ones where any song will do. */
const LENGTHS = { real: { least: 190, spread: 110 }, short: { least: 4, spread: 4 } };

/** Fills a server with albums with covers and a playlist, for pictures. The songs are quiet tones in small files. */
export async function fillShowcase(
  admin: ApiClient,
  folder: string,
  { records = RECORDS.length, lengths = 'short' as keyof typeof LENGTHS } = {},
): Promise<{ songs: TestSong[]; albumIds: string[]; playlistId: string }> {
  const { least, spread } = LENGTHS[lengths];
  const songs: TestSong[] = [];
  const albumIds: string[] = [];
  for (const [at, record] of RECORDS.slice(0, records).entries()) {
    const ids: string[] = [];
    for (const [place, title] of record.tracks.entries()) {
      const path = join(folder, `${at}-${place}.mp3`);
      const seconds = least + ((at * 37 + place * 53) % spread);
      await ffmpeg([
        '-f',
        'lavfi',
        '-i',
        `sine=frequency=${180 + at * 20 + place * 7}:sample_rate=16000:duration=${seconds}`,
        '-ac',
        '1',
        '-b:a',
        '16k',
        path,
      ]);
      const { artist, year, genre, title: albumTitle } = record;
      const song = await uploadSong(admin, path, {
        title,
        artist,
        year,
        genre,
        albumTitle,
        trackNumber: place + 1,
      });
      songs.push(song);
      ids.push(song.id);
    }
    const album = await createAlbum(admin, {
      title: record.title,
      artist: record.artist,
      releaseDate: String(record.year),
      genre: record.genre,
    });
    await setTracks(admin, album.id, ids);
    const cover = join(folder, `${at}.png`);
    // In a process of its own, because artwork/ forbids sharp to read SVG in the process that loads it.
    await run(process.execPath, [programPath('render-svg'), coverOf(record, at), cover]);
    await admin.upload(
      'mutation ($file: Upload!, $albumId: ID!) { setAlbumArtwork(file: $file, albumId: $albumId) { id } }',
      cover,
      { albumId: album.id },
    );
    await updateAlbum(admin, album.id, { state: 'PUBLISHED' });
    albumIds.push(album.id);
  }
  const { playlist } = await admin.ask<{ playlist: { id: string } }>(
    'mutation ($input: CreatePlaylistInput!) { playlist: createPlaylist(input: $input) { id } }',
    {
      input: { title: 'Late trains', description: 'For the ride home, windows dark.', visibility: 'PUBLIC' },
    },
  );
  const chosen = [2, 0, 7, 12, 9, 21, 16, 5].flatMap((at) => songs[at]?.id ?? []);
  await admin.ask(
    'mutation ($id: ID!, $songIds: [ID!]!) { addToPlaylist(playlistId: $id, songIds: $songIds) { id } }',
    { id: playlist.id, songIds: chosen },
  );
  return { songs, albumIds, playlistId: playlist.id };
}

/** A few shapes in three colours, arranged differently for every album. */
function coverOf({ colours: [ground, shape, mark] }: Record_, at: number): string {
  const circle = (x: number, y: number, r: number, fill: string, opacity = 1) =>
    `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" opacity="${opacity}"/>`;
  const arrangements = [
    circle(300, 640, 420, shape) + circle(420, 300, 110, mark),
    Array.from(
      { length: 6 },
      (_, i) =>
        `<rect x="${i * 110}" y="${120 + i * 62}" width="74" height="900" fill="${i % 2 ? shape : mark}" opacity="${0.55 + i * 0.07}"/>`,
    ).join(''),
    Array.from(
      { length: 7 },
      (_, i) =>
        `<circle cx="300" cy="300" r="${60 + i * 46}" fill="none" stroke="${i % 2 ? shape : mark}" stroke-width="17"/>`,
    ).join(''),
    `<path d="M0 420 Q150 260 300 420 T600 420 V600 H0Z" fill="${shape}"/><path d="M0 500 Q150 380 300 500 T600 500 V600 H0Z" fill="${mark}" opacity="0.8"/>` +
      circle(440, 170, 72, mark),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900" viewBox="0 0 600 600"><rect width="600" height="600" fill="${ground}"/>${arrangements[at % arrangements.length]}</svg>`;
}
