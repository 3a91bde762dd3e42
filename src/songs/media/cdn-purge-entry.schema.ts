import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';

/** Deleted media that the CDN has to purge, too. */
@Schema({ collection: 'edge_purges' })
export class CdnPurgeEntry {
  /** The key, or with a trailing "/" the prefix. */
  @Prop({ type: String })
  _id: string;

  /** When the purge became due; null while the files are still in the store, as the CDN would fetch them again. */
  @Prop({ type: Date, default: null, index: true })
  dueAt: Date | null;
}

export const CdnPurgeEntrySchema = SchemaFactory.createForClass(CdnPurgeEntry);
