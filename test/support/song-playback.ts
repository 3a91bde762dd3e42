import type { ApiClient } from '../../src/cli/api-client.js';
import { sourcesOf } from './songs.js';

/**
 * Fetches every file of a song as a player does, each URL by way of `through`, and returns the failures: statuses other
 * than 200, or a missing HLS package. A song that plays has none.
 */
export async function failuresOf(
  client: ApiClient,
  songId: string,
  through: (url: string) => string = (url) => url,
): Promise<number[]> {
  const { qualities, fallbackUrl } = await sourcesOf(client, songId);
  const failures: number[] = qualities.length === 0 ? [404] : [];
  const read = async (url: string): Promise<string> => {
    const response = await fetch(url);
    if (response.status !== 200) failures.push(response.status);
    return response.text();
  };
  for (const { url } of qualities) {
    const playlist = await read(through(url));
    for (const line of playlist.split('\n').filter((text) => text && !text.startsWith('#')))
      await read(new URL(line, through(url)).href);
  }
  await read(through(fallbackUrl));
  return failures;
}
