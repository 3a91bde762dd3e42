import { Args, ID, Resolver, Subscription } from '@nestjs/graphql';
import { CurrentViewer, Public } from '../../users/authorization/access.guard.js';
import type { Viewer } from '../../users/authorization/viewer.js';
import { LibraryChange } from './library-change.js';
import { SongEventsService } from './song-events.service.js';
import { Song } from '../song.schema.js';

/** GraphQL subscriptions of songs, as public as the songs themselves. */
@Resolver(() => Song)
export class SongSubscriptionsResolver {
  constructor(private readonly songEvents: SongEventsService) {}

  @Public()
  @Subscription(() => Song, {
    description:
      'The song as it is now, then again after every change: progress at most once a second, each state, edits of ' +
      'the song and its album. Completes when the song is removed. After a reconnect subscribe again: the current ' +
      'state comes first. Errors: NOT_FOUND.',
    resolve: (song: Song) => song,
  })
  songProcessing(
    @Args('songId', { type: () => ID, description: 'Song.id' }) songId: string,
    @CurrentViewer() viewer: Viewer | undefined,
  ): Promise<AsyncIterableIterator<Song>> {
    return this.songEvents.watch(songId, viewer);
  }

  @Public()
  @Subscription(() => LibraryChange, {
    description: 'Changes of the library from now on. After a reconnect query again what you show.',
    resolve: (change: LibraryChange) => change,
  })
  libraryChanged(@CurrentViewer() viewer: Viewer | undefined): AsyncIterableIterator<LibraryChange> {
    return this.songEvents.libraryChanges(viewer);
  }
}
