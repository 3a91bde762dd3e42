import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { Request } from 'express';
import { storedImages } from '../artwork/artwork-images.js';
import { Artwork, ArtworkImage } from '../artwork/artwork.schema.js';
import { MediaUrls } from './media-urls.service.js';

/** Adds Artwork.images, because the modules below know storage keys but no URLs. */
@Resolver(() => Artwork)
export class ArtworkUrlsResolver {
  constructor(private readonly mediaUrls: MediaUrls) {}

  @ResolveField(() => [ArtworkImage], { description: 'Every size in WebP and JPEG, smallest first.' })
  images(@Parent() artwork: Artwork, @Context('req') request: Request): ArtworkImage[] {
    const urls = this.mediaUrls.for(request);
    return storedImages(artwork).map(({ key, width, height, contentType }) => ({
      url: urls.of({ key, store: artwork.store ?? 'local' }),
      width,
      height,
      contentType,
    }));
  }
}
