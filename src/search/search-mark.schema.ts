import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** Progress of ArtistRegister. */
@Schema({ collection: 'search_marks', versionKey: false })
export class SearchMark {
  @Prop({ type: String, required: true })
  _id: string;

  /** Songs changed up to this time have been read. */
  @Prop({ required: true })
  upTo: Date;
}

export const SearchMarkSchema = SchemaFactory.createForClass(SearchMark);
