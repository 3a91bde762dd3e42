import { Field, Int, ObjectType, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Processing, ProcessingState } from './processing.schema.js';
import { QUALITIES, QualityLabel } from './quality.js';

@ObjectType({ description: 'Progress of one quality in the current attempt.' })
export class RenditionProgress {
  @Field({ description: '"64k", "128k", "256k" or "320k".' })
  name: string;

  @Field(() => QualityLabel, { description: 'Name of the quality for users.' })
  label: QualityLabel;

  @Field(() => Int, {
    description: 'Encoded share, 0 to 100. All qualities become available at once, when the song is READY.',
  })
  percent: number;
}

@Resolver(() => Processing)
export class ProcessingResolver {
  /** Lowest quality first; all qualities of the ladder until the run has chosen its own. */
  @ResolveField(() => [RenditionProgress], {
    description:
      'Progress of each quality, lowest first; `percent` covers all of them and their storing. Qualities that ' +
      'LADDER_CAP_TO_SOURCE leaves out of this run are not listed.',
  })
  renditions(@Parent() { state, encoded }: Processing): RenditionProgress[] {
    return QUALITIES.filter(({ name }) => !encoded || name in encoded).map(({ name, label }) => ({
      name,
      label,
      percent: state === ProcessingState.READY ? 100 : (encoded?.[name] ?? 0),
    }));
  }
}
