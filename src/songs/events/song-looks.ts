import { Injectable } from '@nestjs/common';
import type { LibraryEvent } from '../../events/events.js';
import { SongLoader } from '../song-loader.js';
import type { Song } from '../song.js';

/** What was found when somebody looked at a song. `from` and `to` say when, on a clock that counts the looks. */
export interface Look {
  /** Null when there is no such song (any more). */
  song: Song | null;
  /** Differs when a subscriber could see a difference; null without a song. */
  version: string | null;
  from: number;
  to: number;
}

/**
 * Looks at songs for those who follow them. However many hear an event, the database is asked once, and all get the
 * same document, by which their answers are shared, too (events/shared-execution.ts).
 */
@Injectable()
export class SongLooks {
  private readonly looks = new WeakMap<LibraryEvent, Map<string, { from: number; look: Promise<Look> }>>();
  private clock = 0;

  constructor(private readonly loader: SongLoader) {}

  /** The present. */
  now(songId: string): Promise<Look> {
    return this.begin(songId).look;
  }

  /** The song as read after `news` was heard, and by a look that began after `shown` had ended, so nothing older follows. */
  after(event: LibraryEvent, songId: string, shown: Look): Promise<Look> {
    const ofEvent = this.looks.get(event) ?? new Map<string, { from: number; look: Promise<Look> }>();
    this.looks.set(event, ofEvent);
    let latest = ofEvent.get(songId);
    if (!latest || latest.from < shown.to) {
      latest = this.begin(songId);
      ofEvent.set(songId, latest);
    }
    return latest.look;
  }

  private begin(songId: string): { from: number; look: Promise<Look> } {
    const from = (this.clock += 1);
    const look = this.loader.load(songId).then((song) => ({
      song,
      version: song && versionOf(song),
      from,
      to: (this.clock += 1),
    }));
    return { from, look };
  }
}

/** A mere sign of life of the worker is no difference. */
function versionOf(song: Song): string {
  const { heartbeatAt: _sign, ...processing } = song.processing;
  const { state } = processing;
  // While a worker reports, the time of the last update says only that it did.
  const touched = state === 'TRANSCODING' ? null : (song as Song & { updatedAt?: Date }).updatedAt;
  const { publishedGeneration, title, artist, albumId } = song;
  return JSON.stringify([processing, publishedGeneration, title, artist, albumId, touched]);
}
