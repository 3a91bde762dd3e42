import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { Artwork } from '../artwork/artwork.schema.js';
import { ArtworkService } from '../artwork/artwork.service.js';
import { untilAnswered } from '../platform/mongo/unanswered-write.js';
import { Config } from '../platform/config/config.js';
import { EventBus } from '../events/event-bus.js';
import { CdnPurgeQueue } from './media/cdn-purge-queue.service.js';
import { songMedia } from './media/song-media.js';
import { Song, type SongDocument } from './song.schema.js';
import { SongsService } from './songs.service.js';
import { UnreferencedMedia } from './media/unreferenced-media.service.js';

/** How long storing a cover may take before the sweep may treat its files as orphans, seconds. */
const MAKING_GRACE_SECONDS = 3_600;

/** Sets and removes a song's own cover. The old cover stays for MEDIA_GRACE_SECONDS, for clients that have its URLs. */
@Injectable()
export class SongArtwork {
  constructor(
    @InjectModel(Song.name) private readonly model: Model<Song>,
    private readonly songs: SongsService,
    private readonly artwork: ArtworkService,
    private readonly unreferenced: UnreferencedMedia,
    private readonly purges: CdnPurgeQueue,
    private readonly config: Config,
    private readonly eventBus: EventBus,
  ) {}

  /** Calls `read` only if the song exists. Throws NotFoundError, ArtworkInvalidError and what `read` throws. */
  async set(songId: string, read: () => Promise<Buffer>): Promise<SongDocument> {
    await this.songs.get(songId);
    const cover = await this.artwork.make(await read());
    const prefix = songMedia.newArtwork(songId);
    await this.unreferenced.beforeWrite(songId, [prefix], MAKING_GRACE_SECONDS);
    const song = await this.swap(songId, await this.artwork.store(prefix, cover));
    await this.unreferenced.referenced(prefix);
    return song;
  }

  /** Throws NotFoundError. */
  remove(songId: string): Promise<SongDocument> {
    return this.swap(songId, null);
  }

  private async swap(songId: string, artwork: Artwork | null): Promise<SongDocument> {
    for (;;) {
      const before = (await this.songs.get(songId)).artwork;
      if (before) {
        await this.unreferenced.beforeUnreference(songId, [before.prefix], this.config.MEDIA_GRACE_SECONDS);
        await this.purges.schedule(before.prefix);
      }
      const song = await untilAnswered(async (again) => {
        const swapped = await this.model.findOneAndUpdate(
          { _id: songId, ...(before ? { 'artwork.prefix': before.prefix } : { artwork: null }) },
          { $set: { artwork } },
          { returnDocument: 'after' },
        );
        if (swapped || !again || !artwork) return swapped;
        return this.model.findOne({ _id: songId, 'artwork.prefix': artwork.prefix });
      });
      if (!song) continue;
      void this.eventBus.publish({ type: 'song.changed', songId });
      return song;
    }
  }
}
