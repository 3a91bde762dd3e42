import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Processing } from './processing.js';
import { RenditionProgress, renditionProgress } from './rendition-progress.js';

@Resolver(() => Processing)
export class ProcessingResolver {
  @ResolveField(() => [RenditionProgress], {
    description:
      'How far each quality is, lowest first; `percent` is about all of them and their storing. Qualities that LADDER_CAP_TO_SOURCE leaves out of this run are not listed.',
  })
  renditions(@Parent() processing: Processing): RenditionProgress[] {
    return renditionProgress(processing);
  }
}
