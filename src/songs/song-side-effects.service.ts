import { Injectable } from '@nestjs/common';
import { EventBus } from '../events/event-bus.js';
import { ReadThroughCache } from '../platform/cache/read-through-cache.service.js';
import { Config } from '../platform/config/config.js';
import { runEvent } from './events/song-events.js';
import { CdnPurgeQueue } from './media/cdn-purge-queue.service.js';
import { hlsAnswerKey, songMedia } from './media/song-media.js';
import { UnreferencedMedia } from './media/unreferenced-media.service.js';
import type { Attempt } from './processing/attempt.js';
import type { Song } from './song.schema.js';

/**
 * What has to happen around a write of a song, called by SongRepository only. The order is always: cleanup list and CDN
 * purge, update, cached sources, event, and the cleanup entry of what is referenced now. A crash in between leaves an
 * entry too many, never a file too few. What comes after an update never rejects, since the update cannot be undone.
 */
@Injectable()
export class SongSideEffects {
  constructor(
    private readonly unreferenced: UnreferencedMedia,
    private readonly purges: CdnPurgeQueue,
    private readonly cache: ReadThroughCache,
    private readonly eventBus: EventBus,
    private readonly config: Config,
  ) {}

  /** Before a key is replaced. Clients that have its URL may use it for MEDIA_GRACE_SECONDS. */
  async beforeReplacing(songId: string, key: string): Promise<void> {
    await this.unreferenced.beforeUnreference(songId, [key], this.config.MEDIA_GRACE_SECONDS);
    await this.purges.schedule(key);
  }

  /** Before generations are dropped. Their URLs are never reused, so the CDN may keep what it has of them. */
  async beforeDropping(songId: string, generations: readonly string[]): Promise<void> {
    await this.unreferenced.beforeUnreference(
      songId,
      generations.map((id) => songMedia.generation(songId, id)),
      this.config.MEDIA_GRACE_SECONDS,
    );
  }

  /** Before a song is deleted. */
  async beforeDeleting(songId: string): Promise<void> {
    // By then a running attempt has noticed, so the sweep runs after the last byte it wrote.
    const graceSeconds = 2 * this.config.HEARTBEAT_TIMEOUT_SECONDS;
    await this.unreferenced.beforeUnreference(songId, [songMedia.all(songId)], graceSeconds);
    await this.purges.schedule(songMedia.all(songId));
  }

  async created(songId: string): Promise<void> {
    await this.unreferenced.referenced(songMedia.all(songId));
    void this.eventBus.publish({ type: 'song.uploaded', songId });
  }

  /** The run has moved on. */
  ran(song: Song): void {
    const event = runEvent(song);
    if (event) void this.eventBus.publish(event);
  }

  /** What lists show of the song has changed. */
  changed(songId: string): void {
    void this.eventBus.publish({ type: 'song.changed', songId });
  }

  /** What listeners get has changed, or may have: also call it when an update was not answered. */
  async invalidate(songId: string): Promise<void> {
    await this.cache.invalidate(hlsAnswerKey(songId));
  }

  /** The attempt's generation is published. */
  async published({ songId, attemptId }: Attempt): Promise<void> {
    await this.invalidate(songId);
    void this.eventBus.publish({ type: 'song.ready', songId, generation: attemptId });
    await this.unreferenced.referenced(songMedia.generation(songId, attemptId));
  }

  /** The song refers to a key that was entered in the cleanup list before it was written. */
  async referenced(key: string): Promise<void> {
    await this.unreferenced.referenced(key);
  }

  deleted(songId: string): void {
    void this.eventBus.publish({ type: 'song.removed', songId });
  }
}
