import { InputType, PartialType } from '@nestjs/graphql';
import { EditableTags } from './editable-tags.js';

@InputType({
  description: 'Tags to change. What is left out stays; null empties what may be unknown (not the title).',
})
export class UpdateSongInput extends PartialType(EditableTags, InputType) {}
