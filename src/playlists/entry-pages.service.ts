import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type DataLoader from 'dataloader';
import { Types, type Model, type PipelineStage } from 'mongoose';
import { AlbumLoader } from '../albums/album-loader.service.js';
import { batchedReads } from '../platform/mongo/batched-reads.js';
import { decodeCursor, pageSize, toPage, type Page } from '../platform/graphql/connection.js';
import type { Artwork } from '../artwork/artwork.schema.js';
import { SongLoader } from '../songs/song-loader.service.js';
import type { Song } from '../songs/song.schema.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { ORDER_KEY } from './order-key.js';
import { PlaylistEntry } from './playlist-entry.schema.js';
import { PlaylistUpkeep } from './playlist-upkeep.service.js';
import type { PlaylistDocument } from './playlist.schema.js';

/** Maximum number of pages read in one command. */
const BATCH = 50;
const COVERS = 4;
/** Number of entries searched for covers; more than COVERS, because consecutive tracks of an album share a cover. */
const COVER_DEPTH = 12;

interface Wanted {
  playlistId: string;
  limit: number;
  /** Only entries after this key; null reads from the beginning. */
  behind: string | null;
}

type RawEntry = Pick<PlaylistEntry, 'songId' | 'order' | 'addedAt' | 'addedBy'> & {
  _id: Types.ObjectId;
  part: number;
};

/** An entry with its song, so that the field resolver need not load the song again. */
export type EntryWithSong = RawEntry & { id: string; song: Song };

/** Reads pages of entries. Pages of several playlists requested in the same tick are read in one command. */
@Injectable()
export class EntryPages {
  private readonly loader: DataLoader<Wanted, RawEntry[], string>;

  constructor(
    @InjectModel(PlaylistEntry.name) entries: Model<PlaylistEntry>,
    private readonly songs: SongLoader,
    private readonly albums: AlbumLoader,
    private readonly upkeep: PlaylistUpkeep,
  ) {
    this.loader = batchedReads(
      BATCH,
      async (wanted) => {
        const [first, ...others] = wanted.map(pipelineOf);
        const unions = others.map((pipeline) => ({
          $unionWith: { coll: entries.collection.name, pipeline: pipeline as PipelineStage.Match[] },
        }));
        const found = await entries.aggregate<RawEntry>([...first!, ...unions]);
        const parts: RawEntry[][] = wanted.map(() => []);
        for (const entry of found) parts[entry.part]!.push(entry);
        return parts;
      },
      ({ playlistId, limit, behind }) => JSON.stringify([playlistId, limit, behind]),
    );
  }

  /** Throws BadInputError. */
  async page(playlist: PlaylistDocument, first: number, after: string | null): Promise<Page<EntryWithSong>> {
    const behind = after ? decodeCursor(after, ORDER_KEY) : null;
    const limit = pageSize(first) + 1;
    const found = await this.loader.load({ playlistId: playlist.id, limit, behind });
    const page = toPage(
      found,
      first,
      ({ order }) => order,
      () => Promise.resolve(playlist.held),
    );
    const songs = await this.songs.loadAll(page.edges.map(({ node }) => node.songId.toString()));
    this.upkeep.noteReader(playlist, songs.includes(null));
    const edges = page.edges.flatMap(({ cursor, node }, i) => {
      const song = songs[i];
      return song ? [{ cursor, node: { ...node, id: node._id.toString(), song } }] : [];
    });
    // endCursor is that of the last entry read, even if its song was deleted.
    return { edges, pageInfo: page.pageInfo, totalCount: page.totalCount };
  }

  /** The covers of the first songs, each once; a song without a cover has that of its album. */
  async covers(playlist: PlaylistDocument, viewer: Viewer | undefined): Promise<Artwork[]> {
    const found = await this.loader.load({ playlistId: playlist.id, limit: COVER_DEPTH, behind: null });
    const songs = await this.songs.loadAll(found.map(({ songId }) => songId.toString()));
    const covers = await Promise.all(
      songs.map(
        async (song) =>
          song?.artwork ??
          (song?.albumId && (await this.albums.find(song.albumId.toString(), viewer))?.artwork),
      ),
    );
    // Each song of an album carries its own copy of the same picture; equal placeholders mean equal pictures.
    const known = covers.filter((cover) => cover != null);
    return [...new Map(known.map((cover) => [cover.placeholder, cover])).values()].slice(0, COVERS);
  }
}

function pipelineOf({ playlistId, limit, behind }: Wanted, part: number): PipelineStage[] {
  return [
    {
      $match: {
        playlistId: new Types.ObjectId(playlistId),
        ...(behind === null ? {} : { order: { $gt: behind } }),
      },
    },
    { $sort: { order: 1 } },
    { $limit: limit },
    { $addFields: { part: { $literal: part } } },
  ];
}
