import { Injectable } from '@nestjs/common';
import type { Artwork } from '../artwork/artwork.schema.js';
import { ArtworkService } from '../artwork/artwork.service.js';
import { songMedia } from './media/song-media.js';
import { UnreferencedMedia } from './media/unreferenced-media.service.js';
import { SongRepository } from './song.repository.js';
import type { SongDocument } from './song.schema.js';
import { SongsService } from './songs.service.js';

/** How long storing a cover may take before the sweep may treat its files as orphans, seconds. */
const MAKING_GRACE_SECONDS = 3_600;

/** Sets and removes a song's own cover. The old cover stays for MEDIA_GRACE_SECONDS, for clients that have its URLs. */
@Injectable()
export class SongArtwork {
  constructor(
    private readonly songs: SongsService,
    private readonly repository: SongRepository,
    private readonly artwork: ArtworkService,
    private readonly unreferenced: UnreferencedMedia,
  ) {}

  /** Calls `read` only if the song exists. Throws NotFoundError, ArtworkInvalidError and what `read` throws. */
  async set(songId: string, read: () => Promise<Buffer>): Promise<SongDocument> {
    await this.songs.get(songId);
    const cover = await this.artwork.make(await read());
    const prefix = songMedia.newArtwork(songId);
    await this.unreferenced.beforeWrite(songId, [prefix], MAKING_GRACE_SECONDS);
    return this.swap(songId, await this.artwork.store(prefix, cover));
  }

  /** Throws NotFoundError. */
  remove(songId: string): Promise<SongDocument> {
    return this.swap(songId, null);
  }

  /** Of several at once each swaps in turn. */
  private async swap(songId: string, artwork: Artwork | null): Promise<SongDocument> {
    for (;;) {
      const { artwork: before } = await this.songs.get(songId);
      const song = await this.repository.swapArtwork(songId, before, artwork);
      if (song) return song;
    }
  }
}
