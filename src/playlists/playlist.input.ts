import { Field, InputType } from '@nestjs/graphql';
import { IsEnum, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import { Visibility } from './playlist.schema.js';

const TITLE = 200;
const DESCRIPTION = 2_000;

@InputType({ description: 'A new playlist.' })
export class CreatePlaylistInput {
  @Field({ description: `What it is called, 1 to ${TITLE} characters.` })
  @IsString()
  @MinLength(1)
  @MaxLength(TITLE)
  title: string;

  @Field({
    defaultValue: '',
    description: `What it is about, plain text, at most ${DESCRIPTION} characters.`,
  })
  @IsString()
  @MaxLength(DESCRIPTION)
  description: string = '';

  @Field(() => Visibility, { defaultValue: Visibility.PRIVATE, description: 'Who may see it.' })
  @IsEnum(Visibility)
  visibility: Visibility = Visibility.PRIVATE;
}

@InputType({ description: 'What to change of a playlist; what is left out or null stays.' })
export class UpdatePlaylistInput {
  @Field(() => String, { nullable: true, description: `What it is called, 1 to ${TITLE} characters.` })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(TITLE)
  title?: string | null;

  @Field(() => String, {
    nullable: true,
    description: `What it is about, plain text, at most ${DESCRIPTION} characters.`,
  })
  @IsOptional()
  @IsString()
  @MaxLength(DESCRIPTION)
  description?: string | null;

  @Field(() => Visibility, { nullable: true, description: 'Who may see it.' })
  @IsOptional()
  @IsEnum(Visibility)
  visibility?: Visibility | null;
}
