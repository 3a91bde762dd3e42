import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** How far the register of artists has followed the songs. */
@Schema({ collection: 'search_marks', versionKey: false })
export class SearchMark {
  @Prop({ type: String, required: true })
  _id: string;

  /** Songs changed up to this moment have been looked at. */
  @Prop({ required: true })
  upTo: Date;
}

export const SearchMarkSchema = SchemaFactory.createForClass(SearchMark);
