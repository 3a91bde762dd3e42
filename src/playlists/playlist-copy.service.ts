import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { Song } from '../songs/song.schema.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { PlaylistEntry } from './playlist-entry.schema.js';
import { PlaylistEntryRepository } from './playlist-entry.repository.js';
import { reconcile, type CountedEntry } from './playlist-recount.js';
import { amountOf } from './playlist-reservation.js';
import { PlaylistRepository } from './playlist.repository.js';
import { MAX_ENTRIES, Visibility, type PlaylistDocument } from './playlist.schema.js';
import { PlaylistsService } from './playlists.service.js';
import { durationsOf } from './song-durations.js';

@Injectable()
export class PlaylistCopy {
  constructor(
    @InjectModel(PlaylistEntry.name) private readonly entries: Model<PlaylistEntry>,
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly playlists: PlaylistsService,
    private readonly playlistRepository: PlaylistRepository,
    private readonly entryRepository: PlaylistEntryRepository,
  ) {}

  /**
   * Copies a playlist into a new private one of the viewer. The copy is hidden until it is complete; upkeep removes one
   * that a crash left incomplete. Throws NotFoundError, TooManyPlaylistsError.
   */
  async copy(id: string, viewer: Viewer, title: string | null): Promise<PlaylistDocument> {
    const source = await this.playlists.getFor('read', id, viewer);
    const facts = {
      title: title ?? source.title,
      description: source.description,
      visibility: Visibility.PRIVATE,
    };
    const copy = await this.playlists.create(viewer, facts, 'MAKING');
    const entries = await this.entriesOf(source);
    const { kept } = reconcile(entries, await durationsOf(this.songs, entries));
    await this.write(copy, viewer, kept);
    const complete = await this.playlistRepository.completeCopy(copy, amountOf(kept));
    if (!complete) throw new Error(`playlist ${copy.id}: the copy took so long that upkeep removed it`);
    return complete;
  }

  /** An entry that is moved during the read may be returned twice, so entries are deduplicated by id. */
  private async entriesOf(source: PlaylistDocument): Promise<CountedEntry[]> {
    const found = await this.entries
      .find({ playlistId: source._id })
      .select({ songId: 1, order: 1, seconds: 1 })
      .sort({ order: 1 })
      .limit(MAX_ENTRIES)
      .batchSize(MAX_ENTRIES + 1)
      .lean<CountedEntry[]>();
    return [...new Map(found.map((entry) => [entry._id.toString(), entry])).values()];
  }

  private write(copy: PlaylistDocument, viewer: Viewer, entries: CountedEntry[]): Promise<void> {
    const addedAt = new Date();
    const addedBy = new Types.ObjectId(viewer.accountId);
    return this.entryRepository.insertCopies(
      entries.map(({ songId, order, seconds }) => ({
        playlistId: copy._id,
        songId,
        order,
        seconds,
        addedAt,
        addedBy,
      })),
    );
  }
}
