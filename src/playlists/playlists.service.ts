import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type DataLoader from 'dataloader';
import { Types, type Model, type QueryFilter } from 'mongoose';
import { batchedById } from '../platform/mongo/batched-reads.js';
import { decodeCursor, pageSize, toPage, type Page } from '../platform/graphql/connection.js';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { AccountsService } from '../users/accounts/accounts.service.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { assertMay, type Act } from './playlist-access.js';
import { TooManyCollaboratorsError, TooManyPlaylistsError } from './playlist-errors.js';
import type { UpdatePlaylistInput } from './playlist.input.js';
import { PlaylistRepository, type PlaylistFacts } from './playlist.repository.js';
import {
  MAX_PLAYLISTS,
  Playlist,
  Visibility,
  type PlaylistDocument,
  type PlaylistState,
} from './playlist.schema.js';

/** Maximum number of playlists read in one command. */
const BATCH = 100;
const SEQ_CURSOR = /^[0-9a-f]{24}$/;

/** Playlists without their entries: titles, visibility, owners and collaborators. */
@Injectable()
export class PlaylistsService {
  /** Loads playlists in state LIVE. Those requested in the same tick are read in one command. */
  private readonly live: DataLoader<string, PlaylistDocument | null>;

  constructor(
    @InjectModel(Playlist.name) private readonly playlists: Model<Playlist>,
    private readonly repository: PlaylistRepository,
    private readonly accounts: AccountsService,
  ) {
    this.live = batchedById(BATCH, (ids) => playlists.find({ _id: { $in: ids }, state: 'LIVE' }));
  }

  /** Returns the playlist if the viewer may `act` on it. Throws NotFoundError, ForbiddenError. */
  async getFor(act: Act, id: string, viewer: Viewer | undefined): Promise<PlaylistDocument> {
    const playlist = await this.live.load(checkedId('Playlist', id));
    if (!playlist) throw new NotFoundError('Playlist', id);
    assertMay(act, playlist, viewer);
    return playlist;
  }

  /** Creates a playlist without entries. Throws TooManyPlaylistsError. */
  async create(
    viewer: Viewer,
    { title, description, visibility }: PlaylistFacts,
    state: PlaylistState = 'LIVE',
  ): Promise<PlaylistDocument> {
    const ownerId = new Types.ObjectId(viewer.accountId);
    // Limits what one account can store. Two concurrent calls may exceed the limit by one, which is harmless.
    if ((await this.playlists.countDocuments({ ownerId }).limit(MAX_PLAYLISTS)) >= MAX_PLAYLISTS)
      throw new TooManyPlaylistsError();
    return this.repository.create(viewer.accountId, { title, description, visibility }, state);
  }

  /** Changes the facts that are given. Throws NotFoundError, ForbiddenError. */
  async update(id: string, viewer: Viewer, input: UpdatePlaylistInput): Promise<PlaylistDocument> {
    await this.getFor('manage', id, viewer);
    const given = Object.entries(input).filter(([, value]) => value !== null && value !== undefined);
    const changed = await this.repository.setFacts(id, Object.fromEntries(given));
    return existing(id, changed);
  }

  /** Idempotent. Throws NotFoundError (playlist or account), ForbiddenError, TooManyCollaboratorsError. */
  async addCollaborator(id: string, viewer: Viewer, accountId: string): Promise<PlaylistDocument> {
    const playlist = await this.getFor('manage', id, viewer);
    if (playlist.members.some((member) => member.toString() === accountId)) return playlist;
    if (!(await this.accounts.find(checkedId('Account', accountId))))
      throw new NotFoundError('Account', accountId);
    const added = await this.repository.addMember(id, accountId);
    if (!added) throw new TooManyCollaboratorsError();
    return added;
  }

  /** Idempotent. The owner cannot be removed; collaborators may remove themselves. */
  async removeCollaborator(id: string, viewer: Viewer, accountId: string): Promise<PlaylistDocument> {
    const playlist = await this.getFor(accountId === viewer.accountId ? 'edit' : 'manage', id, viewer);
    if (checkedId('Account', accountId) === playlist.ownerId.toString()) return playlist;
    return existing(id, await this.repository.removeMember(id, accountId));
  }

  /** Hides the playlist immediately. PlaylistUpkeep removes it, also after a crash. */
  async hide(id: string, viewer: Viewer): Promise<void> {
    await this.getFor('remove', id, viewer);
    await this.repository.hide(id);
  }

  publicOnes(first: number, after: string | null): Promise<Page<PlaylistDocument>> {
    return this.page({ visibility: Visibility.PUBLIC, state: 'LIVE' }, first, after);
  }

  /** Playlists that the viewer owns or collaborates on. */
  of(viewer: Viewer, first: number, after: string | null): Promise<Page<PlaylistDocument>> {
    return this.page({ members: new Types.ObjectId(viewer.accountId), state: 'LIVE' }, first, after);
  }

  private async page(
    which: QueryFilter<Playlist>,
    first: number,
    after: string | null,
  ): Promise<Page<PlaylistDocument>> {
    const from = after ? { seq: { $lt: new Types.ObjectId(decodeCursor(after, SEQ_CURSOR)) } } : {};
    const found = await this.playlists
      .find({ ...which, ...from })
      .sort({ seq: -1 })
      .limit(pageSize(first) + 1);
    return toPage(
      found,
      first,
      (playlist) => playlist.seq.toString(),
      () => this.playlists.countDocuments(which).exec(),
    );
  }
}

function existing(id: string, playlist: PlaylistDocument | null): PlaylistDocument {
  if (!playlist) throw new NotFoundError('Playlist', id);
  return playlist;
}
