import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { EventBus } from '../events/events.js';
import { Album, AlbumState } from './album.js';

/** Tells of albums. Listeners hear only of those they may see, or might until now; administrators of all. */
@Injectable()
export class AlbumEvents {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly events: EventBus,
  ) {}

  /** `before`: its state before the change; null when it was the same. Never rejects. */
  async changed(albumId: string, before: AlbumState | null = null): Promise<void> {
    const state = await this.stateOf(albumId);
    const isPublic = [before, state].includes(AlbumState.PUBLISHED);
    // Of what was put on a draft listeners have not heard.
    const newTracks = before !== null && before !== state;
    await this.events.publish({ type: 'album.changed', albumId, isPublic, newTracks });
  }

  /** It was given all its tracks anew, of which the songs themselves are not told. Never rejects. */
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
