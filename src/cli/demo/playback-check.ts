import HLS from 'hls-parser';
import pLimit from 'p-limit';

export interface CheckedQuality {
  name: string;
  bandwidth: number;
  segments: number;
  bytes: number;
  seconds: number;
}

const FETCHES_AT_ONCE = 8;

/** Fetches the master playlist, all playlists and all segments as a player does. Rejects at the first problem. */
export async function playEverything(masterUrl: string): Promise<CheckedQuality[]> {
  const master = HLS.parse(await text(masterUrl));
  if (!('variants' in master)) throw new Error('The master playlist lists no variants.');
  const checked: CheckedQuality[] = [];
  for (const variant of [...master.variants].sort((a, b) => a.bandwidth - b.bandwidth)) {
    const playlistUrl = new URL(variant.uri, masterUrl).href;
    const playlist = HLS.parse(await text(playlistUrl));
    if (!('segments' in playlist)) throw new Error(`${variant.uri} is no media playlist.`);
    checked.push({
      name: variant.uri.split('/')[0] ?? variant.uri,
      bandwidth: variant.bandwidth,
      segments: playlist.segments.length,
      bytes: await totalBytes(playlist.segments.map(({ uri }) => new URL(uri, playlistUrl).href)),
      seconds: playlist.segments.reduce((sum, { duration }) => sum + duration, 0),
    });
  }
  return checked;
}

async function totalBytes(urls: string[]): Promise<number> {
  const limit = pLimit(FETCHES_AT_ONCE);
  const sizes = await limit.map(urls, async (url) => (await (await get(url)).arrayBuffer()).byteLength);
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function text(url: string): Promise<string> {
  return (await get(url)).text();
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}.`);
  return response;
}
