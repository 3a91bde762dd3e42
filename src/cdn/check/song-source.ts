import { randomBytes } from 'node:crypto';
import type { CdnObject } from './cdn-reader.js';
import { hasTicket, withoutTicket } from './cdn-ticket.js';

/** A song and its media URLs as the API returns them. */
export interface CdnSong {
  song: {
    id: string;
    title: string;
    original: { bytes: number };
    artwork: { images: { url: string }[] } | null;
  };
  hlsSources: {
    masterPlaylist: string | null;
    fallbackUrl: string;
    peaksUrl: string | null;
    qualities: { name: string; url: string }[];
  };
}

const SONG = `query ($id: ID!) {
  song(id: $id) { id title original { bytes } artwork { images { url } } }
  hlsSources(songId: $id) { masterPlaylist fallbackUrl peaksUrl qualities { name url } }
}`;
const NEWEST = '{ songs(first: 20, state: READY) { edges { node { id } } } }';

const TIMEOUT_MS = 15_000;

interface Answer<T> {
  data?: T;
  errors?: { message: string }[];
}

/** The GraphQL address does not respond, or something other than GraphQL responds there. */
export class NoGraphqlError extends Error {}

/** Queries a server's GraphQL API as any client does. */
export class SongSource {
  /** @param graphqlUrl address of the GraphQL endpoint */
  constructor(private readonly graphqlUrl: string) {}

  /** Rejects with an Error with a readable message if there is no such song, or with NoGraphqlError. */
  song(id: string): Promise<CdnSong> {
    return this.ask<CdnSong>(SONG, { id });
  }

  /** The newest published song whose media is below `cdnBaseUrl` (if given); null if there is none. */
  async newest(cdnBaseUrl?: string): Promise<CdnSong | null> {
    const { songs } = await this.ask<{ songs: { edges: { node: { id: string } }[] } }>(NEWEST);
    for (const { node } of songs.edges) {
      const found = await this.song(node.id);
      if (isBelow(found.hlsSources.masterPlaylist, cdnBaseUrl)) return found;
    }
    return null;
  }

  private async ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await fetch(this.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: Error & { cause?: { code?: string } }) => {
      throw new NoGraphqlError(`${this.graphqlUrl} does not answer (${error.cause?.code ?? error.message}).`);
    });
    const answer = (await response.json().catch(() => null)) as Answer<T> | null;
    if (answer?.errors?.[0]) throw new Error(answer.errors[0].message);
    if (!answer?.data)
      throw new NoGraphqlError(`${this.graphqlUrl} answered ${response.status}, and no GraphQL.`);
    return answer.data;
  }
}

export function isBelow(url: string | null, cdnBaseUrl?: string): url is string {
  return url !== null && (cdnBaseUrl === undefined || url.startsWith(`${cdnBaseUrl}/`));
}

const PLAYLIST_TYPES = ['application/vnd.apple.mpegurl', 'application/x-mpegurl', 'audio/mpegurl'];
const SEGMENT_TYPES = ['video/mp2t', 'audio/mp4', 'video/mp4', 'video/iso.segment'];

const playlist = (kind: 'master' | 'playlist', label: string, url: string): CdnObject => ({
  kind,
  label,
  url,
  types: PLAYLIST_TYPES,
  recordedBytes: null,
});

/** All objects of a song except its segments, which the playlists list. With `few`, one quality and one picture. */
export function cdnObjectsOf({ song, hlsSources }: CdnSong, few: boolean): CdnObject[] {
  const { masterPlaylist, qualities, fallbackUrl, peaksUrl } = hlsSources;
  const none = { recordedBytes: null, label: '' };
  const images = song.artwork?.images ?? [];
  return [
    ...(masterPlaylist ? [playlist('master', '', masterPlaylist)] : []),
    ...qualities.slice(0, few ? 1 : undefined).map(({ name, url }) => playlist('playlist', name, url)),
    {
      kind: 'original',
      label: '',
      url: fallbackUrl,
      isLarge: true,
      isSeekable: true,
      types: ['audio/*', 'video/*', 'application/ogg'],
      recordedBytes: song.original.bytes,
    },
    ...images
      .slice(0, few ? 1 : 2)
      .map(({ url }): CdnObject => ({ ...none, kind: 'cover', url, types: ['image/*'] })),
    ...(peaksUrl ? [{ ...none, kind: 'peaks' as const, url: peaksUrl, types: ['application/json'] }] : []),
    ...(masterPlaylist ? [missingOf(masterPlaylist), ...unticketed(masterPlaylist)] : []),
  ];
}

/** The first and the last segment of a media playlist; a line that is not a tag is a URI (RFC 8216, 4.1). */
export function segmentsOf(text: string, playlistUrl: string, label: string, few: boolean): CdnObject[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const ends = few || lines.length < 2 ? [lines[0]] : [lines[0], lines.at(-1)];
  return ends
    .filter((line) => line !== undefined)
    .map((line, i) => ({
      kind: 'segment',
      label: `${label} ${i === 0 ? 'first' : 'last'}`,
      recordedBytes: null,
      url: new URL(line, playlistUrl).href,
      types: SEGMENT_TYPES,
      isSeekable: true,
    }));
}

/** URL of a generation that never existed, below the same song so that its ticket is valid. */
function missingOf(masterPlaylist: string): CdnObject {
  const url = masterPlaylist.replace(/\/[^/]+\/([^/]+)$/, `/g${randomBytes(8).toString('hex')}/$1`);
  return { kind: 'missing', label: '', url, types: [], recordedBytes: null };
}

function unticketed(masterPlaylist: string): CdnObject[] {
  if (!hasTicket(masterPlaylist)) return [];
  const url = withoutTicket(masterPlaylist);
  return [{ kind: 'unticketed', label: '', url, types: [], recordedBytes: null }];
}
