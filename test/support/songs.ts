import type { ApiClient } from '../../src/cli/api-client.js';
import { eventually } from './eventually.js';

export interface TestSong {
  id: string;
  title: string;
  artist: string | null;
  albumTitle: string | null;
  trackNumber: number | null;
  year: number | null;
  genre: string | null;
  durationSeconds: number;
  publishedGeneration: string | null;
  generations: { id: string }[];
  artwork: { images: { url: string; width: number; contentType: string }[]; dominantColour: string } | null;
  original: { bytes: number; contentType: string; codec: string; sampleRateHz: number; channels: number };
  processing: {
    state: string;
    percent: number;
    attempt: number;
    error: { code: string; message: string; retryable: boolean } | null;
  };
}

export interface TestSources {
  songId: string;
  hlsAvailable: boolean;
  masterPlaylist: string | null;
  fallbackUrl: string;
  generation: string | null;
  durationSeconds: number;
  qualities: {
    name: string;
    label: string;
    bitrateKbps: number;
    bandwidth: number;
    averageBandwidth: number;
    codecs: string;
    url: string;
    bytes: number;
  }[];
}

export const SONG = `id title artist albumTitle trackNumber year genre durationSeconds publishedGeneration generations { id }
  artwork { dominantColour images { url width contentType } }
  original { bytes contentType codec sampleRateHz channels }
  processing { state percent attempt error { code message retryable } }`;

export const UPLOAD = `mutation ($file: Upload!, $input: UploadSongInput) { uploadSong(file: $file, input: $input) { ${SONG} } }`;

export async function uploadSong(client: ApiClient, path: string, input?: object): Promise<TestSong> {
  return (await client.upload<{ uploadSong: TestSong }>(UPLOAD, path, { input })).uploadSong;
}

export async function songOf(client: ApiClient, id: string): Promise<TestSong> {
  return (await client.ask<{ song: TestSong }>(`query ($id: ID!) { song(id: $id) { ${SONG} } }`, { id }))
    .song;
}

export async function sourcesOf(client: ApiClient, songId: string): Promise<TestSources> {
  const { hlsSources } = await client.ask<{ hlsSources: TestSources }>(
    `query ($songId: ID!) { hlsSources(songId: $songId) { songId hlsAvailable masterPlaylist fallbackUrl generation
      durationSeconds qualities { name label bitrateKbps bandwidth averageBandwidth codecs url bytes } } }`,
    { songId },
  );
  return hlsSources;
}

/** Waits until the song is READY; rejects when it FAILED. */
export async function ready(client: ApiClient, id: string, seconds = 60): Promise<TestSong> {
  return reached(client, id, 'READY', seconds);
}

export async function reached(client: ApiClient, id: string, state: string, seconds = 60): Promise<TestSong> {
  const song = await eventually(
    async () => {
      const found = await songOf(client, id);
      return [state, 'FAILED'].includes(found.processing.state) && found;
    },
    { seconds },
  );
  if (song.processing.state !== state) throw new Error(`song is ${JSON.stringify(song.processing)}`);
  return song;
}
