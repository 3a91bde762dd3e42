import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Processing } from './processing.schema.js';
import { RenditionProgress, renditionProgress } from './rendition-progress.js';

@Resolver(() => Processing)
export class ProcessingResolver {
  @ResolveField(() => [RenditionProgress], {
    description:
      'Progress of each quality, lowest first; `percent` covers all of them and their storing. Qualities that ' +
      'LADDER_CAP_TO_SOURCE leaves out of this run are not listed.',
  })
  renditions(@Parent() processing: Processing): RenditionProgress[] {
    return renditionProgress(processing);
  }
}
