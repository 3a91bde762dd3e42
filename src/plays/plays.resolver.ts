import { Args, Float, ID, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { MAX_PAGE, type Page } from '../platform/graphql/connection.js';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { SongLoader } from '../songs/song-loader.service.js';
import { Song } from '../songs/song.schema.js';
import { CurrentViewer, Public, Authenticated } from '../users/authorization/access.guard.js';
import { FromAddress } from '../users/accounts/client-address.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { Charts, Period, TopSong } from './charts.service.js';
import { Play, PlayConnection, Stage } from './play.schema.js';
import { PlaysService, type PlayWithSong } from './plays.service.js';

const FIRST = { type: () => Int, defaultValue: 20, description: `How many, 1 to ${MAX_PAGE}.` };

@Resolver(() => Play)
export class PlaysResolver {
  constructor(
    private readonly plays: PlaysService,
    private readonly charts: Charts,
    private readonly songs: SongLoader,
  ) {}

  @Public()
  @Mutation(() => Play, {
    description:
      'Reports that a song is or was played. Report it as often as you like while the song plays: the same `playId` is ' +
      'one play, and the greatest `seconds` counts. Once answered it is kept; the counters follow within seconds. ' +
      'Plays without a session are counted, too, but belong to no history. ' +
      'Errors: NOT_FOUND, BAD_INPUT, CONFLICT (the playId is another play’s), TOO_MANY_ATTEMPTS (extensions.retryAfterSeconds).',
  })
  recordPlay(
    @Args('songId', { type: () => ID, description: 'Song.id' }) songId: string,
    @Args('playId', { type: () => ID, description: 'A UUID the client makes when the song begins.' })
    playId: string,
    @Args('seconds', {
      type: () => Float,
      description: 'How much of it was heard so far, seconds, 0 to 86400.',
    })
    seconds: number,
    @CurrentViewer() viewer: Viewer | undefined,
    @FromAddress() address: string,
  ): Promise<Play> {
    return this.plays.record(viewer, address, songId, playId, seconds);
  }

  @Authenticated()
  @Query(() => PlayConnection, { description: 'What you heard, newest first. Errors: BAD_INPUT.' })
  playHistory(
    @Args('first', FIRST) first: number,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Page<PlayWithSong>> {
    return this.plays.history(viewer, first, after);
  }

  @Authenticated()
  @Query(() => [Song], {
    description: 'The songs you heard last, each once, among your last 1000 plays. Errors: BAD_INPUT.',
  })
  recentlyPlayed(@Args('first', FIRST) first: number, @CurrentViewer() viewer: Viewer): Promise<Song[]> {
    return this.plays.recent(viewer, first);
  }

  @Public()
  @Query(() => [TopSong], {
    description: 'The songs played most, seconds behind at the least. Errors: BAD_INPUT.',
  })
  topSongs(
    @Args('period', { type: () => Period, defaultValue: Period.WEEK, description: 'Which days count.' })
    period: Period,
    @Args('first', FIRST) first: number,
  ): Promise<TopSong[]> {
    return this.charts.top(period, first);
  }

  @ResolveField(() => Boolean, {
    description: 'Whether enough was heard for it to count: 30 seconds, or half the song if that is less.',
  })
  counts(@Parent() play: Play): boolean {
    return play.stage > Stage.HEARD;
  }

  @ResolveField(() => Song, { description: 'What was played.' })
  async song(@Parent() play: Play & { song?: Song }): Promise<Song> {
    const song = play.song ?? (await this.songs.load(play.songId.toString()));
    if (!song) throw new NotFoundError('Song', play.songId.toString());
    return song;
  }
}

/** Adds Song.plays, because songs/ must not import plays/. */
@Resolver(() => Song)
export class SongPlaysResolver {
  constructor(private readonly charts: Charts) {}

  @ResolveField(() => Int, { description: 'How often it was played, ever; a few seconds behind.' })
  plays(@Parent() song: Song): Promise<number> {
    return this.charts.playsOf(song.id);
  }
}
