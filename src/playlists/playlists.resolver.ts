import { Args, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { MAX_PAGE, type Page } from '../platform/graphql/connection.js';
import { BadInputError } from '../platform/errors/domain-error.js';
import { CurrentViewer, Public, Authenticated } from '../users/authorization/access.guard.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { PlaylistCopy } from './playlist-copy.service.js';
import { PlaylistUpkeep } from './playlist-upkeep.service.js';
import { CreatePlaylistInput, UpdatePlaylistInput } from './playlist.input.js';
import { Playlist, PlaylistConnection } from './playlist.schema.js';
import { PlaylistsService } from './playlists.service.js';

const ID_ARG = { type: () => ID, description: 'Playlist.id' };
const ACCOUNT_ARG = { type: () => ID, description: 'Account.id' };
const FIRST = { type: () => Int, defaultValue: 20, description: `How many, 1 to ${MAX_PAGE}.` };
const AFTER = { type: () => String, nullable: true, description: 'endCursor of the page before.' };
const MAX_TITLE = 200;

@Resolver(() => Playlist)
export class PlaylistsResolver {
  constructor(
    private readonly playlists: PlaylistsService,
    private readonly copies: PlaylistCopy,
    private readonly upkeep: PlaylistUpkeep,
  ) {}

  @Public()
  @Query(() => Playlist, {
    description: 'One playlist. Errors: NOT_FOUND, also for a private one that is not shared with you.',
  })
  playlist(@Args('id', ID_ARG) id: string, @CurrentViewer() viewer: Viewer | undefined): Promise<Playlist> {
    return this.playlists.getFor('read', id, viewer);
  }

  @Public()
  @Query(() => PlaylistConnection, {
    name: 'playlists',
    description: 'Public playlists, newest first. Errors: BAD_INPUT.',
  })
  publicOnes(
    @Args('first', FIRST) first: number,
    @Args('after', AFTER) after: string | null,
  ): Promise<Page<Playlist>> {
    return this.playlists.publicOnes(first, after);
  }

  @Authenticated()
  @Query(() => PlaylistConnection, {
    description: 'Playlists of yours and those you collaborate on, newest first. Errors: BAD_INPUT.',
  })
  myPlaylists(
    @Args('first', FIRST) first: number,
    @Args('after', AFTER) after: string | null,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Page<Playlist>> {
    return this.playlists.of(viewer, first, after);
  }

  @Authenticated()
  @Mutation(() => Playlist, {
    description: 'Makes an empty playlist. Errors: BAD_INPUT, TOO_MANY_PLAYLISTS.',
  })
  createPlaylist(
    @Args('input', { description: 'What it is called, and who may see it.' }) input: CreatePlaylistInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Playlist> {
    return this.playlists.create(viewer, input);
  }

  @Authenticated()
  @Mutation(() => Playlist, {
    description:
      'Changes title, description, visibility. For its owner. Errors: NOT_FOUND, FORBIDDEN, BAD_INPUT.',
  })
  updatePlaylist(
    @Args('id', ID_ARG) id: string,
    @Args('input', { description: 'What to change.' }) input: UpdatePlaylistInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Playlist> {
    return this.playlists.update(id, viewer, input);
  }

  @Authenticated()
  @Mutation(() => Boolean, {
    description:
      'Removes a playlist for good; always true. For its owner, and for admins unless it is private. Errors: NOT_FOUND, FORBIDDEN.',
  })
  async deletePlaylist(@Args('id', ID_ARG) id: string, @CurrentViewer() viewer: Viewer): Promise<boolean> {
    await this.playlists.hide(id, viewer);
    await this.upkeep.empty(id);
    return true;
  }

  @Authenticated()
  @Mutation(() => Playlist, {
    description:
      'A private playlist of your own with the same songs in the same order; the original may be anybody’s. ' +
      'Errors: NOT_FOUND, BAD_INPUT, TOO_MANY_PLAYLISTS.',
  })
  copyPlaylist(
    @Args('id', ID_ARG) id: string,
    @Args('title', {
      type: () => String,
      nullable: true,
      description: `What to call the copy, 1 to ${MAX_TITLE} characters; null: as the original.`,
    })
    title: string | null,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Playlist> {
    if (title === '' || (title?.length ?? 0) > MAX_TITLE)
      throw new BadInputError(`A title has 1 to ${MAX_TITLE} characters.`);
    return this.copies.copy(id, viewer, title ?? null);
  }

  @Authenticated()
  @Mutation(() => Playlist, {
    description:
      'Lets an account change the entries. For the owner; repeating it changes nothing. ' +
      'Errors: NOT_FOUND, FORBIDDEN, TOO_MANY_COLLABORATORS.',
  })
  addCollaborator(
    @Args('playlistId', ID_ARG) playlistId: string,
    @Args('accountId', ACCOUNT_ARG) accountId: string,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Playlist> {
    return this.playlists.addCollaborator(playlistId, viewer, accountId);
  }

  @Authenticated()
  @Mutation(() => Playlist, {
    description:
      'Takes that right back. For the owner, and for collaborators about themselves; repeating it changes nothing. ' +
      'Errors: NOT_FOUND, FORBIDDEN.',
  })
  removeCollaborator(
    @Args('playlistId', ID_ARG) playlistId: string,
    @Args('accountId', ACCOUNT_ARG) accountId: string,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Playlist> {
    return this.playlists.removeCollaborator(playlistId, viewer, accountId);
  }
}
