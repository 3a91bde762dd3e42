import { Args, ObjectType, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { Album, AlbumConnection, AlbumState } from '../albums/album.schema.js';
import type { Page } from '../platform/graphql/connection.js';
import { songRows } from '../songs/song-rows.js';
import { Song, SongConnection } from '../songs/song.schema.js';
import { Public } from '../users/authorization/access.guard.js';
import { Artist, ArtistConnection } from './artist.schema.js';
import { PageArgs } from './page.args.js';
import { RankedList } from './ranked-list.js';

@ObjectType({
  description:
    'What a query found, one list per kind: ask for as many lists as you show. Every word of the query must begin some ' +
    'word of the thing; upper case, accents and punctuation are ignored. Each list is ranked: the title (or name) is the ' +
    'query, begins with it, has all its words; then matches in the artist, then in the album; within a rank the newest ' +
    'first. Cursors stay valid while the library changes. `totalCount` counts to 1,000 at most.',
})
export class SearchResults {
  /** The query as typed. */
  query: string;
}

@Resolver(() => SearchResults)
export class SearchResolver {
  private readonly songList: RankedList<Song>;
  private readonly albumList: RankedList<Album>;
  private readonly artistList: RankedList<Artist>;

  constructor(
    @InjectModel(Song.name) songs: Model<Song>,
    @InjectModel(Album.name) albums: Model<Album>,
    @InjectModel(Artist.name) artists: Model<Artist>,
  ) {
    this.songList = new RankedList(songs, songRows);
    // Written as $nor, so that the planner does not choose the index of states over that of the words.
    const published = { $nor: [{ state: AlbumState.DRAFT }] };
    this.albumList = new RankedList(albums, (query) => query.exec() as Promise<Album[]>, published);
    this.artistList = new RankedList(artists, (query) => query.exec() as Promise<Artist[]>);
  }

  @Public()
  @Query(() => SearchResults, {
    description:
      'Finds songs, albums and artists, as you type or page by page. A query without a word finds nothing. ' +
      'Errors: BAD_INPUT (`first`, `after`, more than 200 characters).',
  })
  search(
    @Args('query', { type: () => String, description: 'What a person typed, up to 200 characters.' })
    query: string,
  ): SearchResults {
    return { query };
  }

  @ResolveField(() => SongConnection, { description: 'Songs, by title, artist and album.' })
  songs(@Parent() { query }: SearchResults, @Args() { first, after }: PageArgs): Promise<Page<Song>> {
    return this.songList.page(query, first, after);
  }

  @ResolveField(() => AlbumConnection, { description: 'Published albums, by title and artist.' })
  albums(@Parent() { query }: SearchResults, @Args() { first, after }: PageArgs): Promise<Page<Album>> {
    return this.albumList.page(query, first, after);
  }

  @ResolveField(() => ArtistConnection, {
    description: 'Artists, by name. A new artist appears some seconds after the first song.',
  })
  artists(@Parent() { query }: SearchResults, @Args() { first, after }: PageArgs): Promise<Page<Artist>> {
    return this.artistList.page(query, first, after);
  }
}
