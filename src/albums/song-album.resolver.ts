import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Artwork } from '../artwork/artwork.schema.js';
import { Song } from '../songs/song.schema.js';
import { CurrentViewer } from '../users/authorization/access.guard.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { AlbumLoader } from './album-loader.service.js';
import { Album } from './album.schema.js';

/** Adds Song.album and Song.artwork (which may be the album's), because songs/ must not import albums/. */
@Resolver(() => Song)
export class SongAlbumResolver {
  constructor(private readonly loader: AlbumLoader) {}

  @ResolveField(() => Album, {
    nullable: true,
    description: 'The album it is on; null for none, and for a draft if you are no administrator.',
  })
  album(@Parent() song: Song, @CurrentViewer() viewer: Viewer | undefined): Promise<Album | null> | null {
    return song.albumId && this.loader.find(song.albumId.toString(), viewer);
  }

  @ResolveField(() => Artwork, {
    nullable: true,
    description: "The cover: the one in its file, else its album's; null when neither has one.",
  })
  async artwork(@Parent() song: Song, @CurrentViewer() viewer: Viewer | undefined): Promise<Artwork | null> {
    return song.artwork ?? (await this.album(song, viewer))?.artwork ?? null;
  }
}
