import { InputType, PartialType } from '@nestjs/graphql';
import { EditableTags } from './editable-tags.js';

@InputType({
  description: 'Tags to change. Omitted tags stay; null clears a tag (not the title).',
})
export class UpdateSongInput extends PartialType(EditableTags, InputType) {}
