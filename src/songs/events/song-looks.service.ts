import { Injectable } from '@nestjs/common';
import type { LibraryEvent } from '../../events/event-bus.js';
import { NotFoundError } from '../../platform/errors/domain-error.js';
import { SongLoader } from '../song-loader.service.js';
import type { Song } from '../song.schema.js';

/** The result of reading a song. `from` and `to` are the logical times at which the read began and ended. */
export interface Look {
  /** Null when the song does not exist (any more). */
  song: Song | null;
  /** Differs whenever a subscriber could see a difference; null without a song. */
  version: string | null;
  from: number;
  to: number;
}

/**
 * Reads songs for their subscribers. However many subscribers receive an event, the song is read once and all get the
 * same document, so that their results are shared, too (events/shared-execution.ts).
 */
@Injectable()
export class SongLooks {
  private readonly looks = new WeakMap<LibraryEvent, Map<string, { from: number; look: Promise<Look> }>>();
  /** The reads of `afterEvents`: whether an event of the song was emitted since the read began. */
  private readonly reads = new Set<{ songId: string; isOutdated: boolean }>();
  private clock = 0;

  constructor(private readonly loader: SongLoader) {}

  /** Reads the song now. */
  now(songId: string): Promise<Look> {
    return this.begin(songId).look;
  }

  /** The song as read after `event`, by a read that began after `shown` had ended, so that nothing older follows. */
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

  /** The song as read after all events of it that `emitting` was called for by now. Throws NotFoundError. */
  async afterEvents(songId: string): Promise<Song> {
    const read = { songId, isOutdated: false };
    this.reads.add(read);
    try {
      for (;;) {
        read.isOutdated = false;
        const { song } = await this.now(songId);
        if (!song) throw new NotFoundError('Song', songId);
        if (!read.isOutdated) return song;
      }
    } finally {
      this.reads.delete(read);
    }
  }

  /** Call it when an event of the song is emitted: what `afterEvents` is reading may be older, and is read again. */
  emitting(songId: string): void {
    for (const read of this.reads) if (read.songId === songId) read.isOutdated = true;
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

/** A value that changes with the song, but not with a mere heartbeat of the worker. */
function versionOf(song: Song): string {
  const { heartbeatAt: _heartbeatAt, ...processing } = song.processing;
  const { state } = processing;
  // While a worker reports progress, updatedAt changes with every heartbeat.
  const touched = state === 'TRANSCODING' ? null : (song as Song & { updatedAt?: Date }).updatedAt;
  const { publishedGeneration, title, artist, albumId } = song;
  return JSON.stringify([processing, publishedGeneration, title, artist, albumId, touched]);
}
