/**
 * What fields cost beyond completing their values. One point is about ten microseconds of processor time, including the
 * database's; a field that is not listed here costs one. `npm run bench:operations` measures the actual costs.
 */
export interface FieldCost {
  /** Points for each time the field is resolved. */
  readonly each?: number;
  /** Additional points when this argument is given. */
  readonly with?: Readonly<Record<string, number>>;
  /** Points for each item of a list given as this argument. */
  readonly listed?: Readonly<Record<string, number>>;
  /** Points for each further word of a text in this argument, of this field or the field above: see furtherWords. */
  readonly words?: Readonly<Record<string, number>>;
  /**
   * Points for reading each item from the database, besides its fields. A field that is not a list may read items, too.
   */
  readonly item?: number;
  /** Items a list without `first` usually has. */
  readonly usual?: number;
  /** The field is refused below another object of its type (album-tracks.resolver.ts), so it costs nothing there. */
  readonly once?: true;
  /** Items a list without `first` can have. */
  readonly most?: number;
}

/** Reads one document by its id. */
const ONE: FieldCost = { each: 100 };
/** Reads a page by an index. */
const PAGE: FieldCost = { each: 100 };
/** Scans the word index several times. */
const SEARCH: FieldCost = { each: 1_500, words: { query: 400 } };
/** Hashes a password. */
const HASH: FieldCost = { each: 4_000 };
/** Changes one document and publishes events. */
const WRITE: FieldCost = { each: 400 };
/** Changes many documents. */
const WRITE_MANY: FieldCost = { each: 3_000 };

export const FIELD_COSTS: Readonly<Record<string, FieldCost>> = {
  'Query.songs': { each: 150, with: { search: 2_000, state: 500 }, words: { search: 3_000 } },
  'Query.albums': { each: 100, with: { state: 200 } },
  'Query.song': ONE,
  'Query.album': ONE,
  'Query.artist': ONE,
  'Query.playlist': ONE,
  'Query.hlsSources': { each: 20 },
  'Query.songBySha256': ONE,
  'Query.playlists': PAGE,
  'Query.myPlaylists': PAGE,
  'Query.playHistory': PAGE,
  'Query.accounts': PAGE,
  'Query.accessTokens': PAGE,
  'Query.webhookDeliveries': PAGE,
  'Query.webhooks': { each: 100, usual: 10, most: 100 },
  'Query.recentlyPlayed': { each: 1_500, item: 8 },
  'Query.topSongs': { each: 1_000, item: 8 },
  'Query.capacity': { each: 500 },

  'SearchResults.songs': { each: 1_500, words: { query: 3_000 } },
  'SearchResults.albums': SEARCH,
  'SearchResults.artists': SEARCH,
  'Artist.songs': { each: 150 },
  'SongConnection.totalCount': { each: 500 },
  'AlbumConnection.totalCount': { each: 200 },
  'ArtistConnection.totalCount': { each: 200 },

  'Album.tracks': { each: 30, item: 10, usual: 12, most: 500, once: true },
  'Album.loudness': { each: 30, item: 5, usual: 12, most: 500 },
  'Song.album': { each: 5 },
  'Song.artwork': { each: 5 },
  'Song.audio': { each: 5 },
  'Song.plays': { each: 5 },
  'Song.generations': { usual: 2, most: 20 },
  'Processing.renditions': { each: 2, usual: 4, most: 4 },
  'Artwork.images': { each: 5, usual: 6, most: 16 },
  'HlsSources.qualities': { usual: 4, most: 4 },
  'Playlist.entries': { each: 100 },
  'PlaylistEntryConnection.edges': { item: 10 },
  'PlayConnection.edges': { item: 15 },
  'Playlist.covers': { each: 180, usual: 3, most: 4 },
  'Playlist.collaboratorIds': { each: 2, usual: 4, most: 50 },

  'Mutation.login': HASH,
  'Mutation.register': HASH,
  'Mutation.changePassword': { each: 2 * 4_000 },
  'Mutation.copyPlaylist': { each: 7_000 },
  'Mutation.addToPlaylist': { each: 500, listed: { songIds: 30 }, usual: 20, most: 100 },
  'Mutation.removeFromPlaylist': { each: 500, listed: { entryIds: 150 } },
  'Mutation.setAlbumTracks': WRITE_MANY,
  'Mutation.deleteAlbum': WRITE_MANY,
  'Mutation.deletePlaylist': WRITE_MANY,
  'Mutation.deleteSong': WRITE_MANY,
  'Mutation.recordPlay': { each: 600 },
};

/** Points for reading one item of a page from the database. */
const PAGE_ITEM = 5;
/** Words of at most this many letters are not selective. */
const SHORT_WORD = 3;
/** With more further words than this, a search does not get slower. */
const MOST_WORDS = 6;
/** Points for a field that is refused: its error is created, formatted and sent. */
export const REFUSED_FIELD = 20;
/** Assumed number of items of a list without an entry in this table. */
const USUAL = 10;

type Args = Readonly<Record<string, unknown>>;

/** Points of a field without its subfields; `given` are the arguments of the field above. */
export function costOfField(type: string, field: string, args: Args, given: Args = {}): number {
  const known = FIELD_COSTS[`${type}.${field}`] ?? (type === 'Mutation' ? WRITE : undefined);
  const extra = Object.entries(known?.with ?? {}).filter(([name]) => args[name] != null && args[name] !== '');
  const listed = Object.entries(known?.listed ?? {}).map(([name, points]) => points * lengthOf(args[name]));
  const words = Object.entries(known?.words ?? {}).map(
    ([name, points]) => points * furtherWords(args[name] ?? given[name]),
  );
  const more = [...extra.map(([, points]) => points), ...listed, ...words];
  return more.reduce((sum, points) => sum + points, known?.each ?? 1);
}

/**
 * How many short words the words after the first count as in a search: the rarest word drives it, and the others are
 * looked up in all its results. If all words are short, each counts fully, because it matches much; otherwise 0.4.
 */
function furtherWords(text: unknown): number {
  if (typeof text !== 'string') return 0;
  const words = new Set(text.toLowerCase().split(/[^\p{L}\p{N}]+/u));
  words.delete('');
  const areShort = [...words].every((word) => word.length <= SHORT_WORD);
  return Math.min(Math.max(0, words.size - 1), MOST_WORDS) * (areShort ? 1 : 0.4);
}

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

export function isRefusedBelow(type: string, field: string, above: readonly string[]): boolean {
  return FIELD_COSTS[`${type}.${field}`]?.once === true && above.includes(type);
}

export function costOfItem(type: string, field: string): number {
  return FIELD_COSTS[`${type}.${field}`]?.item ?? (field === 'edges' ? PAGE_ITEM : 0);
}

/** Whether the field reads items that count, although it may not be a list. */
export function readsItems(type: string, field: string): boolean {
  return FIELD_COSTS[`${type}.${field}`]?.item !== undefined;
}

/** Assumed items of a list without `first`; with `atMost` the maximum. */
export function sizeOfList(type: string, field: string, atMost: boolean): number {
  const { usual = USUAL, most = usual } = FIELD_COSTS[`${type}.${field}`] ?? {};
  return atMost ? most : usual;
}
