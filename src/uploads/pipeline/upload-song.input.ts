import { Field, InputType, PartialType } from '@nestjs/graphql';
import { EditableTags } from '../../songs/editable-tags.js';

@InputType({ description: 'What you know better than the file; everything left out comes from its tags.' })
export class UploadSongInput extends PartialType(EditableTags, InputType) {
  @Field({ defaultValue: false, description: 'Keep a second copy of bytes the library already has.' })
  allowDuplicate: boolean;
}
