import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { ReadThroughCache } from '../platform/cache/read-through-cache.service.js';
import { decodeCursor, pageSize, toPage, type Page } from '../platform/graphql/connection.js';
import { BadInputError, ConflictError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { Config } from '../platform/config/config.js';
import { SongLoader } from '../songs/song-loader.service.js';
import type { Song } from '../songs/song.schema.js';
import { SongsService } from '../songs/songs.service.js';
import { isDuplicateKey } from '../platform/mongo/duplicate-key.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { PlayLimits } from './play-limits.service.js';
import { counts, MAX_SECONDS } from './play-rules.js';
import { Play, Stage, type PlayDocument } from './play.schema.js';
import { RollUp } from './roll-up.service.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SEQ_CURSOR = /^[0-9a-f]{24}$/;
const DAY_MS = 86_400_000;
/** Number of an account's latest plays that `recentlyPlayed` considers. */
const RECENT = 1_000;

/** A play with its song, so that the field resolver need not load the song again. */
export type PlayWithSong = Pick<Play, 'id' | 'at' | 'seconds' | 'stage' | 'songId'> & { song: Song };

@Injectable()
export class PlaysService {
  constructor(
    @InjectModel(Play.name) private readonly plays: Model<Play>,
    private readonly songs: SongsService,
    private readonly loader: SongLoader,
    private readonly cache: ReadThroughCache,
    private readonly limits: PlayLimits,
    private readonly rollUp: RollUp,
    private readonly config: Config,
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
    const play = await this.write(viewer, songId, id, seconds, stage);
    if (stage === Stage.DUE) this.rollUp.note();
    return play;
  }

  /** Approximate number of stored plays, from the collection's metadata. */
  kept(): Promise<number> {
    return this.plays.estimatedDocumentCount().exec();
  }

  private async write(
    viewer: Viewer | undefined,
    songId: string,
    id: string,
    seconds: number,
    stage: number,
  ): Promise<PlayDocument> {
    const now = new Date();
    const accountId = viewer ? new Types.ObjectId(viewer.accountId) : null;
    const upsert = () =>
      this.plays.findOneAndUpdate(
        { _id: id, songId: new Types.ObjectId(songId), accountId },
        {
          $max: { seconds, stage },
          $setOnInsert: {
            at: now,
            seq: new Types.ObjectId(),
            expiresAt: new Date(now.getTime() + this.config.PLAYS_KEPT_DAYS * DAY_MS),
          },
        },
        { upsert: true, returnDocument: 'after' },
      );
    try {
      return await upsert();
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    try {
      // Two first reports of the same play collided; the other one has been stored, so this one can update it.
      return await upsert();
    } catch (error) {
      if (isDuplicateKey(error)) throw new ConflictError('This "playId" belongs to another play.');
      throw error;
    }
  }

  /** Newest first. Throws BadInputError. */
  async history(viewer: Viewer, first: number, after: string | null): Promise<Page<PlayWithSong>> {
    const mine = { accountId: new Types.ObjectId(viewer.accountId) };
    const from = after ? { seq: { $lt: new Types.ObjectId(decodeCursor(after, SEQ_CURSOR)) } } : {};
    const found = await this.plays
      .find({ ...mine, ...from })
      .sort({ seq: -1 })
      .limit(pageSize(first) + 1);
    const page = toPage(
      found,
      first,
      ({ seq }) => seq.toString(),
      () => this.plays.countDocuments(mine).exec(),
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
    const found = await this.plays
      .find({ accountId: new Types.ObjectId(viewer.accountId) })
      .select({ songId: 1 })
      .sort({ seq: -1 })
      .limit(RECENT)
      .lean();
    const ids = [...new Set(found.map(({ songId }) => songId.toString()))];
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
