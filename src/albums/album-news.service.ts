import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { NewsWire } from '../realtime/news.js';
import { Album, AlbumState } from './album.js';

/** Tells of albums. Listeners hear only of those they may see, or might until now; administrators of all. */
@Injectable()
export class AlbumNews {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly news: NewsWire,
  ) {}

  /** `before`: its state before the change; null when it was the same. Never rejects. */
  async changed(albumId: string, before: AlbumState | null = null): Promise<void> {
    const found = await this.albums.findById(albumId, { state: 1 }).catch(() => null);
    const isPublic = [before, found?.state].includes(AlbumState.PUBLISHED);
    await this.news.tell({ type: 'album.changed', albumId, isPublic });
  }

  async removed(albumId: string, before: AlbumState): Promise<void> {
    await this.news.tell({ type: 'album.removed', albumId, isPublic: before === AlbumState.PUBLISHED });
  }
}
