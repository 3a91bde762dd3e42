import type { Model, Types } from 'mongoose';
import type { Song } from '../songs/song.schema.js';

/** Songs per database command. */
const BATCH = 500;

/** Playing times, seconds by song id, of the songs of these entries; songs that do not exist are missing. */
export async function durationsOf(
  songs: Model<Song>,
  entries: readonly { songId: Types.ObjectId }[],
): Promise<Map<string, number>> {
  const durations = new Map<string, number>();
  for (let i = 0; i < entries.length; i += BATCH) {
    const ids = entries.slice(i, i + BATCH).map(({ songId }) => songId);
    const found = await songs
      .find({ _id: { $in: ids } })
      .select({ durationSeconds: 1 })
      .lean();
    for (const { _id, durationSeconds } of found) durations.set(_id.toString(), durationSeconds);
  }
  return durations;
}
