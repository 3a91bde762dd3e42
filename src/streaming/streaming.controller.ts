import { Body, Controller, Get, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { BadInputError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import type { Processing } from '../songs/processing/processing.schema.js';
import { SongLifecycle } from '../songs/processing/song-lifecycle.service.js';
import { Role } from '../users/accounts/account.schema.js';
import { RequireRole, WithScope } from '../users/authorization/access.guard.js';
import { AccessScope } from '../users/access-tokens/access-scope.js';
import type { HlsSources } from './hls-sources.js';
import { HlsSourcesService } from './hls-sources.service.js';
import { MediaUrls } from './media-urls.service.js';

/** REST counterparts of GraphQL operations. */
@Controller('api/streaming')
export class StreamingController {
  constructor(
    private readonly sources: HlsSourcesService,
    private readonly lifecycle: SongLifecycle,
    private readonly mediaUrls: MediaUrls,
  ) {}

  /** Like `processSong`. Takes the body `{ "songId": … }`; answers 202 with the song's state. */
  @RequireRole(Role.ADMIN)
  @WithScope(AccessScope.UPLOAD)
  @Post('process')
  @HttpCode(202)
  @Header('Cache-Control', 'no-store')
  async process(
    @Body() body: { songId?: unknown } | undefined,
  ): Promise<{ songId: string; state: Processing['state'] }> {
    if (typeof body?.songId !== 'string')
      throw new BadInputError('Send JSON with the song\'s id: {"songId": "…"}.');
    const song = await this.lifecycle.request(checkedId('Song', body.songId));
    return { songId: song.id, state: song.processing.state };
  }

  /** Like `hlsSources`, but `qualities` is an object of URLs by name. */
  @Get('hls/:id')
  @Header('Cache-Control', 'no-cache')
  async hls(@Param('id') id: string, @Req() request: Request): Promise<RestSources> {
    const { qualities, ...rest } = await this.sources.of(id, this.mediaUrls.for(request));
    return { ...rest, qualities: Object.fromEntries(qualities.map(({ name, url }) => [name, url])) };
  }
}

type RestSources = Omit<HlsSources, 'qualities'> & { qualities: Record<string, string> };
