import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { EventBus } from '../events/event-bus.js';
import { Album, AlbumState } from './album.schema.js';

/**
 * Publishes events about albums. Listeners receive events only about albums that they may see or could see before the
 * change; administrators receive all.
 */
@Injectable()
export class AlbumEvents {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly events: EventBus,
  ) {}

  /** @param before the album's state before the change; null if the state did not change. Never rejects. */
  async changed(albumId: string, before: AlbumState | null = null): Promise<void> {
    const state = await this.stateOf(albumId);
    const isPublic = [before, state].includes(AlbumState.PUBLISHED);
    // Listeners have received no events about tracks that were added while the album was a draft.
    const newTracks = before !== null && before !== state;
    await this.events.publish({ type: 'album.changed', albumId, isPublic, newTracks });
  }

  /** The whole track list was set, for which no events about single songs are published. Never rejects. */
  async tracksSet(albumId: string): Promise<void> {
    const isPublic = (await this.stateOf(albumId)) === AlbumState.PUBLISHED;
    await this.events.publish({ type: 'album.changed', albumId, isPublic, newTracks: true });
  }

  async removed(albumId: string, before: AlbumState): Promise<void> {
    await this.events.publish({ type: 'album.removed', albumId, isPublic: before === AlbumState.PUBLISHED });
  }

  private async stateOf(albumId: string): Promise<AlbumState | undefined> {
    return (await this.albums.findById(albumId, { state: 1 }).catch(() => null))?.state;
  }
}
