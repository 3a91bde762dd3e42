import { Field, Float, InputType } from '@nestjs/graphql';
import { IsInt, IsOptional, Matches, MaxLength, Min } from 'class-validator';
import { UploadProtocol } from './pending-upload.schema.js';

@InputType({ description: 'A file that you want to send.' })
export class CreateUploadInput {
  @Field(() => Float, { description: 'Its size, bytes: a whole number. Exactly this many must arrive.' })
  @IsInt()
  @Min(0)
  bytes: number;

  @Field(() => String, { nullable: true, description: 'Its name; used as the title when no tag gives one.' })
  @IsOptional()
  @MaxLength(1000)
  fileName?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of the file, 64 lower-case hex digits. With it, a file the library already has is refused before it ' +
      'is sent (leave it out to keep a second copy), the received bytes are checked against it, and an interrupted ' +
      'upload of this file is returned again so that you can continue it.',
  })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/, { message: 'sha256 must be 64 lower-case hex digits' })
  sha256?: string | null;

  @Field(() => UploadProtocol, {
    nullable: true,
    description: 'How you want to send it. Default: PUT where the store accepts files itself, else TUS.',
  })
  @IsOptional()
  protocol?: UploadProtocol | null;
}
