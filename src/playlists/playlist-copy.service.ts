import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { Song } from '../songs/song.schema.js';
import { databaseTime } from '../platform/mongo/database-clock.service.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { PlaylistEntry } from './playlist-entry.schema.js';
import { MAX_ENTRIES, Playlist, Visibility, type PlaylistDocument } from './playlist.schema.js';
import { PlaylistsService } from './playlists.service.js';

const CHUNK = 500;

@Injectable()
export class PlaylistCopy {
  constructor(
    @InjectModel(Playlist.name) private readonly model: Model<Playlist>,
    @InjectModel(PlaylistEntry.name) private readonly entries: Model<PlaylistEntry>,
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly playlists: PlaylistsService,
  ) {}

  /**
   * Copies a playlist into a new private one of the viewer. The copy is hidden until it is complete; upkeep removes one
   * that a crash left incomplete. Throws NotFoundError, TooManyPlaylistsError.
   */
  async copy(id: string, viewer: Viewer, title: string | null): Promise<PlaylistDocument> {
    const source = await this.playlists.getFor('read', id, viewer);
    const copy = await this.playlists.create(
      viewer,
      {
        title: title ?? source.title,
        description: source.description,
        visibility: Visibility.PRIVATE,
      },
      'MAKING',
    );
    let held = 0;
    let durationSeconds = 0;
    for (const chunk of chunksOf(await this.entriesOf(source))) {
      const written = await this.write(copy, viewer, chunk);
      held += written.length;
      durationSeconds += written.reduce((sum, { seconds }) => sum + seconds, 0);
    }
    const whole = await this.model.findOneAndUpdate(
      { _id: copy._id, state: 'MAKING' },
      {
        $set: { state: 'LIVE', held, durationSeconds, touchedAt: databaseTime(), countedAt: databaseTime() },
      },
      { returnDocument: 'after' },
    );
    if (!whole) throw new Error(`playlist ${copy.id}: the copy took so long that upkeep removed it`);
    return whole;
  }

  /** An entry that is moved during the read may be returned twice, so entries are deduplicated by id. */
  private async entriesOf(source: PlaylistDocument): Promise<Pick<PlaylistEntry, 'songId' | 'order'>[]> {
    const found = await this.entries
      .find({ playlistId: source._id })
      .select({ songId: 1, order: 1 })
      .sort({ order: 1 })
      .limit(MAX_ENTRIES)
      .batchSize(MAX_ENTRIES + 1)
      .lean();
    return [...new Map(found.map((entry) => [entry._id.toString(), entry])).values()];
  }

  private async write(
    copy: PlaylistDocument,
    viewer: Viewer,
    chunk: Pick<PlaylistEntry, 'songId' | 'order'>[],
  ): Promise<{ seconds: number }[]> {
    const songs = await this.songs
      .find({ _id: { $in: chunk.map(({ songId }) => songId) } })
      .select({ durationSeconds: 1 })
      .lean();
    const durations = new Map(songs.map((song) => [song._id.toString(), song.durationSeconds]));
    const addedAt = new Date();
    const addedBy = new Types.ObjectId(viewer.accountId);
    const written = chunk.flatMap(({ songId, order }) => {
      const seconds = durations.get(songId.toString());
      return seconds === undefined
        ? []
        : [{ playlistId: copy._id, songId, order, seconds, addedAt, addedBy }];
    });
    await this.entries.insertMany(written);
    return written;
  }
}

function* chunksOf<T>(items: T[]): Generator<T[]> {
  for (let i = 0; i < items.length; i += CHUNK) yield items.slice(i, i + CHUNK);
}
