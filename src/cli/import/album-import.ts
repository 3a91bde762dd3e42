import type { ApiClient } from '../api-client.js';
import { albumKey, placeNewcomers, type Place, type PlannedAlbum } from './import-album-plan.js';
import type { ApiRetry } from './api-retry.js';
import { reasonOf, type Outcomes } from './import-outcome.js';

/** Outcome of importing an album. */
export type AlbumOutcome =
  | { kind: 'made' | 'completed' | 'unchanged' }
  /** Some of its files were not imported in this run. Its tracks are set once all files are imported. */
  | { kind: 'waiting' }
  | { kind: 'failed'; reason: string };

/** A song with its album and position on the server. */
interface PlacedSong {
  id: string;
  discNumber: number | null;
  trackNumber: number | null;
  album: { id: string } | null;
}

interface AlbumPage {
  edges: { node: { id: string; title: string; artist: string | null } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Creates albums from imported songs, or completes existing ones. Never moves songs that already are on an album. */
export class AlbumImport {
  /** Albums of the server, by `albumKey`. */
  private known?: Map<string, string>;

  constructor(
    private readonly api: ApiClient,
    private readonly dryRun: boolean,
    private readonly retry: ApiRetry,
  ) {}

  /** Never rejects. `outcomes` are those of the songs, by path. */
  async bring(album: PlannedAlbum, outcomes: Outcomes): Promise<AlbumOutcome> {
    try {
      const files = album.files.map((file) => ({ file, outcome: outcomes.get(file.path) }));
      if (files.some(({ outcome }) => !outcome || outcome.kind === 'failed')) return { kind: 'waiting' };
      const songs = new Map(
        files.flatMap(({ file, outcome }) =>
          outcome && 'songId' in outcome ? [[outcome.songId, file]] : [],
        ),
      );
      const there = files.filter(({ outcome }) => outcome?.kind !== 'refused').length;
      if (there === 0) return { kind: 'unchanged' };
      const albumId = await this.retry(() => this.find(album));
      const placed = await this.retry(() => this.songs([...songs.keys()]));
      // Songs that already are on an album stay there.
      const newcomers = placed.filter((song) => !song.album);
      const isNew = newcomers.length > 0 || files.some(({ outcome }) => outcome?.kind === 'new');
      if (!isNew) return { kind: 'unchanged' };
      const kind = albumId ? 'completed' : 'made';
      if (this.dryRun) return { kind };
      const id = albumId ?? (await this.make(album));
      const present = await this.retry(() => this.tracks(id));
      const places = placeNewcomers(
        newcomers.map((song) => songs.get(song.id)!),
        present,
      );
      const added = newcomers.map((song, i) => ({ songId: song.id, ...places[i]! }));
      await this.retry(() => this.setTracks(id, [...present, ...added]));
      return { kind };
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error) };
    }
  }

  /** Searches again before each attempt, because the previous one may have created the album. */
  private make(album: PlannedAlbum): Promise<string> {
    return this.retry(async () => {
      this.known = undefined;
      const found = await this.find(album);
      if (found) return found;
      const { title, artist, releaseDate } = album;
      const { createAlbum } = await this.api.ask<{ createAlbum: { id: string } }>(
        'mutation ($input: CreateAlbumInput!) { createAlbum(input: $input) { id } }',
        { input: { title, artist, releaseDate, state: 'PUBLISHED' } },
      );
      this.known = undefined;
      return createAlbum.id;
    });
  }

  private async find(album: PlannedAlbum): Promise<string | undefined> {
    this.known ??= await this.allAlbums();
    return this.known.get(albumKey(album));
  }

  /** Of several albums with the same key the oldest counts. */
  private async allAlbums(): Promise<Map<string, string>> {
    const known = new Map<string, string>();
    for (let after: string | null = null; ;) {
      const { albums }: { albums: AlbumPage } = await this.api.ask(
        'query ($after: String) { albums(first: 100, after: $after) { edges { node { id title artist } } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      for (const { node } of albums.edges) known.set(albumKey(node), node.id);
      if (!albums.pageInfo.hasNextPage) return known;
      after = albums.pageInfo.endCursor;
    }
  }

  private async songs(ids: readonly string[]): Promise<PlacedSong[]> {
    const found: PlacedSong[] = [];
    for (const id of ids) {
      const { song } = await this.api.ask<{ song: PlacedSong }>(
        'query ($id: ID!) { song(id: $id) { id album { id } } }',
        { id },
      );
      found.push(song);
    }
    return found;
  }

  private async tracks(id: string): Promise<(Place & { songId: string })[]> {
    const { album } = await this.api.ask<{ album: { tracks: PlacedSong[] } }>(
      'query ($id: ID!) { album(id: $id) { tracks { id discNumber trackNumber } } }',
      { id },
    );
    return album.tracks.map((song) => ({
      songId: song.id,
      discNumber: song.discNumber ?? 1,
      trackNumber: song.trackNumber ?? 1,
    }));
  }

  private async setTracks(albumId: string, tracks: (Place & { songId: string })[]): Promise<void> {
    await this.api.ask(
      'mutation ($albumId: ID!, $tracks: [AlbumTrackInput!]!) { setAlbumTracks(albumId: $albumId, tracks: $tracks) { id } }',
      { albumId, tracks },
    );
  }
}
