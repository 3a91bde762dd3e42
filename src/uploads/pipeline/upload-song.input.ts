import { Field, InputType, PartialType } from '@nestjs/graphql';
import { EditableTags } from '../../songs/update-song.input.js';

@InputType({ description: 'Values that override the tags of the file; omitted ones come from the tags.' })
export class UploadSongInput extends PartialType(EditableTags, InputType) {
  @Field({
    defaultValue: false,
    description: 'Whether to keep a second copy of a file that the library already has.',
  })
  allowDuplicate: boolean;
}
