import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model, type QueryFilter } from 'mongoose';
import { decodeCursor, pageSize, toPage, type Page } from '../platform/graphql/connection.js';
import { BadInputError, ConflictError, NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { untilUnchanged } from '../platform/mongo/until-unchanged.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { AlbumLoader } from './album-loader.service.js';
import type { CreateAlbumInput, UpdateAlbumInput } from './album.input.js';
import { AlbumRepository, type AlbumFacts } from './album.repository.js';
import { Album, type AlbumDocument, type AlbumState } from './album.schema.js';
import { isReleaseDate } from './release-date.js';
import { visibleTo } from './visible-albums.js';

const CURSOR = /^[0-9a-f]{24}$/;

@Injectable()
export class AlbumsService {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly repository: AlbumRepository,
    private readonly loader: AlbumLoader,
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
    return this.repository.create({ artist: null, ...cleaned(input) } as AlbumFacts);
  }

  /** Throws NotFoundError, BadInputError, ConflictError. */
  async update(id: string, input: UpdateAlbumInput): Promise<AlbumDocument> {
    const facts = cleaned(input);
    const album = await untilUnchanged(async () => {
      const before = await this.albums.findById(checkedId('Album', id));
      if (!before) throw new NotFoundError('Album', id);
      return this.repository.setFacts(before, facts);
    });
    if (!album) throw new ConflictError('The album was changed by someone else at the same time. Try again.');
    return album;
  }

  /** Deletes the album but not its songs. Throws NotFoundError. */
  async delete(id: string): Promise<void> {
    const album = await this.albums.findById(checkedId('Album', id), { state: 1 });
    if (!album) throw new NotFoundError('Album', id);
    await this.repository.delete(album);
  }
}

/** Returns the given fields, trimmed and checked; absent fields stay absent. Throws BadInputError. */
function cleaned(input: Partial<CreateAlbumInput & UpdateAlbumInput>): Partial<AlbumFacts> {
  const facts: Partial<AlbumFacts> = {};
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
