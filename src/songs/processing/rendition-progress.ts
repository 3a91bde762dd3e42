import { Field, Int, ObjectType } from '@nestjs/graphql';
import { QualityLabel, QUALITIES } from './quality.js';
import { ProcessingState, type Processing } from './processing.js';

@ObjectType({ description: 'How far one quality is in the present try.' })
export class RenditionProgress {
  @Field({ description: '"64k", "128k", "256k" or "320k".' })
  name: string;

  @Field(() => QualityLabel, { description: 'What a person calls it.' })
  label: QualityLabel;

  @Field(() => Int, {
    description: 'How much of it is encoded, 0 to 100. Listeners get it when the song is READY, all at once.',
  })
  percent: number;
}

/** The qualities of the latest run, lowest first, as far as it has come; all there are until it has chosen. */
export function renditionProgress({ state, encoded }: Processing): RenditionProgress[] {
  return QUALITIES.filter(({ name }) => !encoded || name in encoded).map(({ name, label }) => ({
    name,
    label,
    percent: state === ProcessingState.READY ? 100 : (encoded?.[name] ?? 0),
  }));
}
