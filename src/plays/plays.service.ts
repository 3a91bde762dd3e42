import { Injectable } from '@nestjs/common';
import { ReadThroughCache } from '../platform/cache/read-through-cache.service.js';
import { decodeCursor, pageSize, toPage, type Page } from '../platform/graphql/connection.js';
import { BadInputError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { SongLoader } from '../songs/song-loader.service.js';
import type { Song } from '../songs/song.schema.js';
import { SongsService } from '../songs/songs.service.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { PlayLimits } from './play-limits.service.js';
import { counts, MAX_SECONDS } from './play-rules.js';
import { PlayRepository } from './play.repository.js';
import { Stage, type Play } from './play.schema.js';
import { RollUp } from './roll-up.service.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SEQ_CURSOR = /^[0-9a-f]{24}$/;
/** Number of an account's latest plays that `recentlyPlayed` considers. */
const RECENT = 1_000;

/** A play with its song, so that the field resolver need not load the song again. */
export type PlayWithSong = Pick<Play, 'id' | 'at' | 'seconds' | 'stage' | 'songId'> & { song: Song };

@Injectable()
export class PlaysService {
  constructor(
    private readonly plays: PlayRepository,
    private readonly songs: SongsService,
    private readonly loader: SongLoader,
    private readonly cache: ReadThroughCache,
    private readonly limits: PlayLimits,
    private readonly rollUp: RollUp,
  ) {}

  /**
   * Records a play in one write. Once this resolves, the play is stored and will be counted exactly once.
   * Throws NotFoundError, BadInputError, ConflictError, TooManyAttemptsError.
   */
  async record(
    viewer: Viewer | undefined,
    address: string,
    songId: string,
    playId: string,
    seconds: number,
  ): Promise<Play> {
    const id = playId.toLowerCase();
    if (!UUID.test(id)) throw new BadInputError('"playId" must be a UUID.');
    if (!(seconds >= 0 && seconds <= MAX_SECONDS))
      throw new BadInputError(`"seconds" must be from 0 to ${MAX_SECONDS}.`);
    await this.limits.take(viewer, address);
    const stage = counts(seconds, await this.durationOf(checkedId('Song', songId))) ? Stage.DUE : Stage.HEARD;
    const accountId = viewer?.accountId ?? null;
    const play = await this.plays.record({ id, songId, accountId, seconds, stage });
    if (stage === Stage.DUE) this.rollUp.note();
    return play;
  }

  /** Approximate number of stored plays, from the collection's metadata. */
  kept(): Promise<number> {
    return this.plays.estimatedCount();
  }

  /** Newest first. Throws BadInputError. */
  async history(viewer: Viewer, first: number, after: string | null): Promise<Page<PlayWithSong>> {
    const before = after ? decodeCursor(after, SEQ_CURSOR) : undefined;
    const found = await this.plays.latest(viewer.accountId, pageSize(first) + 1, before);
    const page = toPage(
      found,
      first,
      ({ seq }) => seq.toString(),
      () => this.plays.count(viewer.accountId),
    );
    const songs = await this.loader.loadAll(page.edges.map(({ node }) => node.songId.toString()));
    return {
      edges: page.edges.flatMap(({ cursor, node: { id, at, seconds, stage, songId } }, i) => {
        const song = songs[i];
        return song ? [{ cursor, node: { id, at, seconds, stage, songId, song } }] : [];
      }),
      pageInfo: page.pageInfo,
      get totalCount() {
        return page.totalCount;
      },
    };
  }

  /** The songs heard last, each once, latest first. Throws BadInputError. */
  async recent(viewer: Viewer, first: number): Promise<Song[]> {
    pageSize(first);
    const ids = await this.plays.latestSongIds(viewer.accountId, RECENT);
    const songs: Song[] = [];
    // Later songs take the places of deleted ones.
    for (let at = 0; songs.length < first && at < ids.length; at += first) {
      const chunk = await this.loader.loadAll(ids.slice(at, at + first));
      songs.push(...chunk.filter((song) => song !== null));
    }
    return songs.slice(0, first);
  }

  /** Seconds. Cached, because many listeners report plays of the same songs. Throws NotFoundError. */
  private durationOf(songId: string): Promise<number> {
    return this.cache.get(
      `song-seconds:${songId}`,
      async () => (await this.songs.get(songId)).durationSeconds,
    );
  }
}
