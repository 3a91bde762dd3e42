import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** ReplayGain 2.0's reference. */
export const REFERENCE_LUFS = -18;
/** The true peak that a player should not exceed, because lossy coding and converters add a little. */
export const CEILING_DBTP = -1;

const NULL_IN_SILENCE =
  'null where nothing passes the gate of BS.1770: silence, or less than 0.4 s of sound.';

@ObjectType({
  description:
    'How loud a song is (EBU R 128), measured of the whole song as it goes into the encoders: 44.1 kHz, stereo. ' +
    'To play songs equally loud, apply min(trackGainDb, headroomDb) as gain; null means: leave it as it is.',
})
@Schema({ _id: false })
export class Loudness {
  @Field(() => Float, { nullable: true, description: `Integrated loudness, LUFS; ${NULL_IN_SILENCE}` })
  @Prop({ type: Number, default: null })
  integratedLufs: number | null;

  @Field(() => Float, {
    nullable: true,
    description: `Loudness range (EBU Tech 3342), LU; says little of less than a minute. ${NULL_IN_SILENCE}`,
  })
  @Prop({ type: Number, default: null })
  rangeLu: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'True peak (between the samples as well), dBTP; may exceed 0. null in digital silence, where it is minus ' +
      'infinity.',
  })
  @Prop({ type: Number, default: null })
  truePeakDbtp: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      `Gain that brings the song to the reference of ReplayGain 2.0, ${REFERENCE_LUFS} LUFS; dB. Not limited by the ` +
      `song's peaks: see headroomDb. ${NULL_IN_SILENCE}`,
  })
  @Prop({ type: Number, default: null })
  trackGainDb: number | null;

  @Field(() => Float, {
    description:
      'The same true peak as amplitude, as ReplayGain writes it; 1 = full scale, 0 in digital silence.',
  })
  @Prop({ required: true })
  trackPeak: number;

  @Field(() => Float, {
    nullable: true,
    description:
      `The largest gain that keeps the true peak at or below ${CEILING_DBTP} dBTP, dB; negative in a song that is above ` +
      'it already. null in digital silence.',
  })
  @Prop({ type: Number, default: null })
  headroomDb: number | null;
}

@ObjectType({
  description:
    'The samples that a player cuts off to join two songs without a gap. Every quality decodes to ' +
    'encoderDelaySamples + totalSamples + paddingSamples samples a channel. MPEG-TS carries no such mark: the ' +
    'player does the cutting (appendWindowStart, appendWindowEnd).',
})
@Schema({ _id: false })
export class Gapless {
  @Field(() => Int, { description: 'Added by the encoder before the song; samples of each channel.' })
  @Prop({ required: true })
  encoderDelaySamples: number;

  @Field(() => Int, {
    description: 'Added by the encoder after the song to fill its last frame; samples of each channel.',
  })
  @Prop({ required: true })
  paddingSamples: number;

  @Field(() => Float, { description: 'The song itself; samples of each channel.' })
  @Prop({ required: true })
  totalSamples: number;

  @Field(() => Int, { description: 'Samples per second and channel, the same in every quality.' })
  @Prop({ required: true })
  sampleRateHz: number;
}

@ObjectType({
  description:
    'How much of a song is silent at its ends: no sample of either channel above -60 dBFS. For players that skip it.',
})
@Schema({ _id: false })
export class Silence {
  @Field(() => Float, {
    description: 'Before the first sound, seconds; the whole length of a song that is silent throughout.',
  })
  @Prop({ required: true })
  leadingSeconds: number;

  @Field(() => Float, {
    description: 'After the last sound, seconds; 0 in a song that is silent throughout.',
  })
  @Prop({ required: true })
  trailingSeconds: number;
}

/**
 * The measurements of a song's sound for one generation, stored in it so that both are swapped at once. Clients get them
 * as part of SongAudio and HlsSources, which extend this class: a fact that is added here is added to both.
 */
@ObjectType({ isAbstract: true })
@Schema({ _id: false })
export class SoundFacts {
  @Field(() => Loudness, { description: 'How loud it is.' })
  @Prop({ type: SchemaFactory.createForClass(Loudness), required: true })
  loudness: Loudness;

  /** Null where it could not be proved. */
  @Field(() => Gapless, {
    nullable: true,
    description:
      'What to cut off to join songs without a gap; null for the rare file whose length the finished playlists do not ' +
      'confirm to the sample (one that changes its sample rate half-way).',
  })
  @Prop({ type: SchemaFactory.createForClass(Gapless), default: null })
  gapless: Gapless | null;

  @Field(() => Silence, { description: 'How much of its ends is silent.' })
  @Prop({ type: SchemaFactory.createForClass(Silence), required: true })
  silence: Silence;
}

export const SoundFactsSchema = SchemaFactory.createForClass(SoundFacts);

const NAMES = Object.keys(SoundFactsSchema.paths) as (keyof SoundFacts)[];

/** The facts, or a null for each of them. */
export type FactsOrNulls = { [Name in keyof SoundFacts]: SoundFacts[Name] | null };

/** Reads every fact of a document or a plain record; each is null without one. */
export function factsOrNulls(facts: SoundFacts): SoundFacts;
export function factsOrNulls(facts: SoundFacts | null | undefined): FactsOrNulls;
export function factsOrNulls(facts: SoundFacts | null | undefined): FactsOrNulls {
  return Object.fromEntries(NAMES.map((name) => [name, facts?.[name] ?? null])) as unknown as FactsOrNulls;
}
