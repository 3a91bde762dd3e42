import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model, type QueryFilter } from 'mongoose';
import { decodeCursor, pageSize, toPage, type Page } from '../platform/graphql/connection.js';
import { BadInputError, ConflictError, NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { createOnce, untilAnswered } from '../platform/mongo/unanswered-write.js';
import { CdnPurgeQueue } from '../songs/media/cdn-purge-queue.service.js';
import { searchWordsOf } from '../songs/search-words.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { AlbumEvents } from './album-events.service.js';
import { AlbumLoader } from './album-loader.service.js';
import { AlbumMediaCleanup } from './album-media-cleanup.service.js';
import { albumMedia } from './album-media.js';
import { AlbumTracks } from './album-tracks.service.js';
import type { CreateAlbumInput, UpdateAlbumInput } from './album.input.js';
import { Album, type AlbumDocument, type AlbumState } from './album.schema.js';
import { isReleaseDate } from './release-date.js';
import { visibleTo } from './visible-albums.js';

const CURSOR = /^[0-9a-f]{24}$/;
/** Attempts of an update that collides with concurrent ones. */
const TRIES = 5;
/** Far longer than a deletion takes, seconds. If its process dies, the sweep removes the media after this time. */
const DELETION_GRACE_SECONDS = 60;

@Injectable()
export class AlbumsService {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly loader: AlbumLoader,
    private readonly tracks: AlbumTracks,
    private readonly cleanup: AlbumMediaCleanup,
    private readonly purges: CdnPurgeQueue,
    private readonly events: AlbumEvents,
  ) {}

  /** Throws NotFoundError, also for a draft that this viewer may not see. */
  async get(id: string, viewer: Viewer | undefined): Promise<AlbumDocument> {
    const album = await this.loader.find(checkedId('Album', id), viewer);
    if (!album) throw new NotFoundError('Album', id);
    return album;
  }

  /** Newest first. Throws BadInputError. */
  async page(
    viewer: Viewer | undefined,
    first: number,
    after?: string | null,
    state?: AlbumState | null,
  ): Promise<Page<AlbumDocument>> {
    const visible = visibleTo(viewer);
    // The two conditions contradict each other; the database would scan all albums to find that out.
    if (state && visible.state && visible.state !== state) return toPage([], first, String, async () => 0);
    const wanted: QueryFilter<Album> = state ? { state } : visible;
    const from = after ? { _id: { $lt: new Types.ObjectId(decodeCursor(after, CURSOR)) } } : {};
    const found = await this.albums
      .find({ $and: [wanted, from] })
      .sort({ _id: -1 })
      .limit(pageSize(first) + 1);
    return toPage(
      found,
      first,
      (album) => album.id,
      () => this.albums.countDocuments(wanted).exec(),
    );
  }

  /** Throws BadInputError. */
  async create(input: CreateAlbumInput): Promise<AlbumDocument> {
    const facts = { artist: null, ...cleaned(input) };
    const album = await createOnce(this.albums, {
      ...facts,
      state: input.state,
      searchWords: wordsOf(facts as Album),
    });
    void this.events.changed(album.id as string);
    return album;
  }

  /** Throws NotFoundError, BadInputError, ConflictError. */
  async update(id: string, input: UpdateAlbumInput): Promise<AlbumDocument> {
    const facts = cleaned(input);
    for (let i = 0; i < TRIES; i++) {
      const before = await this.albums.findById(checkedId('Album', id));
      if (!before) throw new NotFoundError('Album', id);
      const searchWords = wordsOf({
        title: facts.title ?? before.title,
        artist: 'artist' in facts ? facts.artist! : before.artist,
      });
      // `searchWords` depends on title and artist, so the update applies only if neither has changed meanwhile.
      const album = await untilAnswered(() =>
        this.albums.findOneAndUpdate(
          { _id: id, title: before.title, artist: before.artist },
          { $set: { ...facts, searchWords } },
          { returnDocument: 'after' },
        ),
      );
      if (!album) continue;
      void this.events.changed(id, before.state);
      return album;
    }
    throw new ConflictError('The album was changed by someone else at the same time. Try again.');
  }

  /** Deletes the album but not its songs. Throws NotFoundError. */
  async delete(id: string): Promise<void> {
    const album = await this.albums.findById(checkedId('Album', id), { state: 1 });
    if (!album) throw new NotFoundError('Album', id);
    // The first entry is not due yet: a sweep before the deletion would find the album and discard the entry.
    await this.cleanup.beforeUnreference(id, albumMedia.all(id), DELETION_GRACE_SECONDS);
    await this.purges.schedule(albumMedia.all(id));
    await untilAnswered(() => this.albums.deleteOne({ _id: id }));
    await this.cleanup.beforeUnreference(id, albumMedia.all(id), 0);
    await this.tracks.clear(id);
    void this.events.removed(id, album.state);
  }
}

function wordsOf({ title, artist }: Pick<Album, 'title' | 'artist'>): string[] {
  return searchWordsOf({ title, artist, albumTitle: null });
}

/** Returns the given fields, trimmed and checked; absent fields stay absent. Throws BadInputError. */
function cleaned(input: Partial<CreateAlbumInput & UpdateAlbumInput>): Partial<Album> {
  const facts: Partial<Album> = {};
  if (input.title !== undefined) facts.title = input.title?.trim();
  if (input.artist !== undefined) facts.artist = input.artist?.trim() || null;
  if (input.genre !== undefined) facts.genre = input.genre?.trim() || null;
  if (input.releaseDate !== undefined) facts.releaseDate = input.releaseDate || null;
  if (input.state !== undefined) facts.state = input.state;
  if ((input.title !== undefined && !facts.title) || (input.state !== undefined && !facts.state))
    throw new BadInputError('An album always has a title and a state.');
  if (facts.releaseDate && !isReleaseDate(facts.releaseDate))
    throw new BadInputError('"releaseDate" must be a date such as "1997", "1997-09" or "1997-09-22".');
  return facts;
}
