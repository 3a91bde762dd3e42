import { Injectable } from '@nestjs/common';
import { derived } from '../realtime/news-derived.js';
import { NewsWire, type NewsStream } from '../realtime/news.js';
import { libraryChangeOf, type LibraryChange } from './library-change.js';
import { SongLoader } from './song-loader.js';
import type { SongDocument } from './song.js';
import { SongsService } from './songs.service.js';

/** The present first, then what changes. */
@Injectable()
export class SongNewsService {
  constructor(
    private readonly wire: NewsWire,
    private readonly songs: SongsService,
    private readonly loader: SongLoader,
  ) {}

  /**
   * The song now and after every change, until it is removed. News only says when to look: what is yielded was read
   * from the database after it, so nothing older follows and a lost word costs nothing. Throws NotFoundError.
   */
  async follow(songId: string): Promise<AsyncIterableIterator<SongDocument>> {
    // Heard first, read second: what happens in between is in the queue.
    const news = this.wire.hear((told) => told.type === 'news.missed' || isAbout(told, songId));
    try {
      const present = await this.songs.get(songId);
      return derived(news, this.states(news, present));
    } catch (error) {
      await news.return();
      throw error;
    }
  }

  libraryChanges(): AsyncIterableIterator<LibraryChange> {
    const news = this.wire.hear((told) => libraryChangeOf(told) !== null);
    return derived(news, changes(news));
  }

  private async *states(news: NewsStream, present: SongDocument): AsyncGenerator<SongDocument, void> {
    yield present;
    let shown = versionOf(present);
    for await (const told of news) {
      const song = told.type === 'song.removed' ? null : await this.loader.load(present.id);
      if (!song) return;
      const version = versionOf(song);
      if (version === shown) continue;
      shown = version;
      yield song;
    }
  }
}

async function* changes(news: NewsStream): AsyncGenerator<LibraryChange, void> {
  for await (const told of news) {
    const change = libraryChangeOf(told);
    if (change) yield change;
  }
}

function isAbout(told: object, songId: string): boolean {
  return 'songId' in told && told.songId === songId;
}

/** Differs when a subscriber could see a difference; a mere sign of life of the worker is none. */
function versionOf(song: SongDocument): string {
  const { heartbeatAt: _sign, ...processing } = song.toObject().processing;
  const { state } = processing;
  // While a worker reports, the time of the last update says only that it did.
  const touched = state === 'TRANSCODING' ? null : (song.get('updatedAt') as Date | null);
  return JSON.stringify([processing, song.publishedGeneration, song.title, song.artist, touched]);
}
