import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { Request } from 'express';
import { PEAKS, songMedia } from '../songs/media/song-media.js';
import { factsOrNulls } from '../songs/processing/sound-facts.schema.js';
import { Song } from '../songs/song.schema.js';
import { MediaUrls } from './media-urls.service.js';
import { SongAudio } from './song-audio.js';

/** Adds Song.audio, because it contains a URL, which songs/ cannot build. */
@Resolver(() => Song)
export class SongAudioResolver {
  constructor(private readonly mediaUrls: MediaUrls) {}

  @ResolveField(() => SongAudio, {
    nullable: true,
    description:
      'What was measured of the published generation; null before the first, and for one made by a version that did ' +
      'not measure (`processSong` brings it).',
  })
  audio(@Parent() song: Song, @Context('req') request: Request): SongAudio | null {
    const generation = song.generations.find(({ id }) => id === song.publishedGeneration);
    if (!generation?.facts) return null;
    const urls = this.mediaUrls.for(request);
    const peaks = { key: songMedia.hls(song.id, generation.id, PEAKS), store: generation.store ?? 'local' };
    return {
      ...factsOrNulls(generation.facts),
      peaksUrl: urls.of(peaks),
      expiresAt: urls.expiresAt,
    };
  }
}
