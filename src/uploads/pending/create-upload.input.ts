import { Field, Float, InputType } from '@nestjs/graphql';
import { IsInt, IsOptional, Matches, MaxLength, Min } from 'class-validator';
import { UploadProtocol } from './pending-upload.js';

@InputType({ description: 'A file that is to be sent.' })
export class CreateUploadInput {
  @Field(() => Float, { description: 'Its size, bytes: a whole number; exactly so many must arrive.' })
  @IsInt()
  @Min(0)
  bytes: number;

  @Field(() => String, { nullable: true, description: 'Its name; the title when nothing better is known.' })
  @IsOptional()
  @MaxLength(1000)
  fileName?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of the file, 64 lower-case hex digits. Bytes the library has are then refused before they are sent (leave ' +
      'it out to keep a second copy), what arrives is compared with it, and an upload of this file that broke off is ' +
      'handed out again, to go on with.',
  })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/, { message: 'sha256 must be 64 lower-case hex digits' })
  sha256?: string | null;

  @Field(() => UploadProtocol, {
    nullable: true,
    description: 'How you want to send it. Left out: PUT where the store takes files itself, else TUS.',
  })
  @IsOptional()
  protocol?: UploadProtocol | null;
}
