import { Args, ID, Int, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Artwork } from '../artwork/artwork.schema.js';
import { MAX_PAGE, type Page } from '../platform/graphql/connection.js';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { SongLoader } from '../songs/song-loader.service.js';
import { Song } from '../songs/song.schema.js';
import { CurrentViewer, Authenticated } from '../users/authorization/access.guard.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { EntriesService, MAX_AT_ONCE } from './entries.service.js';
import { EntryPages, type EntryWithSong } from './entry-pages.service.js';
import type { Place } from './entry-positions.service.js';
import { mayEdit } from './playlist-access.js';
import { PlaylistEntry, PlaylistEntryConnection } from './playlist-entry.schema.js';
import { Playlist, type PlaylistDocument } from './playlist.schema.js';
import { PlaylistsService } from './playlists.service.js';

const ID_ARG = { type: () => ID, description: 'Playlist.id' };
const AFTER = {
  type: () => ID,
  nullable: true,
  description: 'PlaylistEntry.id to put it behind; with neither this nor `before` it goes to the end.',
};
const BEFORE = { type: () => ID, nullable: true, description: 'PlaylistEntry.id to put it in front of.' };

@Resolver(() => Playlist)
export class EntriesResolver {
  constructor(
    private readonly edits: EntriesService,
    private readonly pages: EntryPages,
    private readonly playlists: PlaylistsService,
  ) {}

  @ResolveField(() => PlaylistEntryConnection, { description: 'Its entries in order. Errors: BAD_INPUT.' })
  entries(
    @Parent() playlist: PlaylistDocument,
    @Args('first', { type: () => Int, defaultValue: 20, description: `How many, 1 to ${MAX_PAGE}.` })
    first: number,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Page<EntryWithSong>> {
    return this.pages.page(playlist, first, after);
  }

  @ResolveField(() => [Artwork], {
    description:
      'Covers of its first songs, or of their albums, at most four and each once; empty when none of them has one.',
  })
  covers(
    @Parent() playlist: PlaylistDocument,
    @CurrentViewer() viewer: Viewer | undefined,
  ): Promise<Artwork[]> {
    return this.pages.covers(playlist, viewer);
  }

  @ResolveField(() => ID, { description: 'Account.id of its owner.' })
  ownerId(@Parent() playlist: PlaylistDocument): string {
    return playlist.ownerId.toString();
  }

  @ResolveField(() => [ID], {
    description: 'Account.id of everybody else who may change the entries; empty for those who may not.',
  })
  collaboratorIds(
    @Parent() playlist: PlaylistDocument,
    @CurrentViewer() viewer: Viewer | undefined,
  ): string[] {
    if (!mayEdit(playlist, viewer)) return [];
    const owner = playlist.ownerId.toString();
    return playlist.members.map((member) => member.toString()).filter((member) => member !== owner);
  }

  @ResolveField(() => Boolean, { description: 'Whether you may change the entries.' })
  mayEdit(@Parent() playlist: PlaylistDocument, @CurrentViewer() viewer: Viewer | undefined): boolean {
    return mayEdit(playlist, viewer);
  }

  @Authenticated()
  @Mutation(() => [PlaylistEntry], {
    description:
      `Adds songs, 1 to ${MAX_AT_ONCE}, in this order: all of them or none. Returns the new entries. Concurrent edits of others ` +
      'are kept. Errors: NOT_FOUND, FORBIDDEN, BAD_INPUT, PLAYLIST_FULL, CONFLICT, UNAVAILABLE.',
  })
  addToPlaylist(
    @Args('playlistId', ID_ARG) playlistId: string,
    @Args('songIds', { type: () => [ID], description: 'Song.id; the same one may come several times.' })
    songIds: string[],
    @Args('after', AFTER) after: string | null,
    @Args('before', BEFORE) before: string | null,
    @CurrentViewer() viewer: Viewer,
  ): Promise<PlaylistEntry[]> {
    return this.edits.add(playlistId, viewer, songIds, { after, before } satisfies Place);
  }

  @Authenticated()
  @Mutation(() => PlaylistEntry, {
    description:
      'Puts an entry somewhere else. Errors: NOT_FOUND (also when it or its new neighbour was removed meanwhile), ' +
      'FORBIDDEN, BAD_INPUT, CONFLICT, UNAVAILABLE.',
  })
  movePlaylistEntry(
    @Args('playlistId', ID_ARG) playlistId: string,
    @Args('entryId', { type: () => ID, description: 'PlaylistEntry.id' }) entryId: string,
    @Args('after', AFTER) after: string | null,
    @Args('before', BEFORE) before: string | null,
    @CurrentViewer() viewer: Viewer,
  ): Promise<PlaylistEntry> {
    return this.edits.move(playlistId, viewer, entryId, { after, before } satisfies Place);
  }

  @Authenticated()
  @Mutation(() => Playlist, {
    description:
      `Removes entries, 1 to ${MAX_AT_ONCE}; entries that no longer exist are no error. ` +
      'Errors: NOT_FOUND, FORBIDDEN, BAD_INPUT, UNAVAILABLE.',
  })
  async removeFromPlaylist(
    @Args('playlistId', ID_ARG) playlistId: string,
    @Args('entryIds', { type: () => [ID], description: 'PlaylistEntry.id' }) entryIds: string[],
    @CurrentViewer() viewer: Viewer,
  ): Promise<Playlist> {
    await this.edits.remove(playlistId, viewer, entryIds);
    return this.playlists.getFor('read', playlistId, viewer);
  }
}

@Resolver(() => PlaylistEntry)
export class EntrySongResolver {
  constructor(private readonly songs: SongLoader) {}

  @ResolveField(() => Song, { description: 'The song of this entry.' })
  async song(@Parent() entry: PlaylistEntry & { song?: Song }): Promise<Song> {
    const song = entry.song ?? (await this.songs.load(entry.songId.toString()));
    if (!song) throw new NotFoundError('Song', entry.songId.toString());
    return song;
  }
}
