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
    private readonly urls: MediaUrls,
  ) {}

  @Public()
  @Query(() => HlsSources, { description: 'How to play a song, whatever its state. Errors: NOT_FOUND.' })
  async hlsSources(
    @Args('songId', { type: () => ID, description: 'Song.id' }) songId: string,
    @Context('req') request: Request,
  ): Promise<HlsSources> {
    const base = this.urls.base(request);
    const now = Date.now();
    const sources = await this.sources.of(songId, (media) => this.urls.of(base, media, now));
    return { ...sources, expiresAt: this.urls.expiresAt(now) };
  }
}
