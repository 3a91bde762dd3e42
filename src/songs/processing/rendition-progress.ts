import { Field, Int, ObjectType } from '@nestjs/graphql';
import { QualityLabel, QUALITIES } from './quality.js';
import { ProcessingState, type Processing } from './processing.schema.js';

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

/**
 * Progress of the latest run's qualities, lowest first; all qualities of the ladder until the run has chosen its own.
 */
export function renditionProgress({ state, encoded }: Processing): RenditionProgress[] {
  return QUALITIES.filter(({ name }) => !encoded || name in encoded).map(({ name, label }) => ({
    name,
    label,
    percent: state === ProcessingState.READY ? 100 : (encoded?.[name] ?? 0),
  }));
}
