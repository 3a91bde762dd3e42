import { Args, Context, ID, Query, Resolver } from '@nestjs/graphql';
import type { Request } from 'express';
import { Public } from '../users/authorization/access.guard.js';
import { HlsSources } from './hls-sources.js';
import { HlsSourcesService } from './hls-sources.service.js';
import { MediaUrls } from './media-urls.service.js';

@Resolver(() => HlsSources)
export class HlsSourcesResolver {
  constructor(
    private readonly sources: HlsSourcesService,
    private readonly mediaUrls: MediaUrls,
  ) {}

  @Public()
  @Query(() => HlsSources, { description: 'How to play a song, whatever its state. Errors: NOT_FOUND.' })
  hlsSources(
    @Args('songId', { type: () => ID, description: 'Song.id' }) songId: string,
    @Context('req') request: Request,
  ): Promise<HlsSources> {
    return this.sources.of(songId, this.mediaUrls.for(request));
  }
}
