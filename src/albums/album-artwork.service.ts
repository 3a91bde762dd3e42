import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { Artwork } from '../artwork/artwork.schema.js';
import { ArtworkService } from '../artwork/artwork.service.js';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import type { FileUpload } from '../platform/graphql/upload.scalar.js';
import { untilAnswered } from '../platform/mongo/unanswered-write.js';
import { Config } from '../platform/config/config.js';
import { CdnPurgeQueue } from '../songs/media/cdn-purge-queue.service.js';
import { pictureOf } from '../uploads/multipart/picture-upload.js';
import { AlbumEvents } from './album-events.service.js';
import { AlbumMediaCleanup } from './album-media-cleanup.service.js';
import { albumMedia } from './album-media.js';
import { Album, type AlbumDocument } from './album.schema.js';

/** Upper bound of the time from storing a cover to the album referring to it, seconds. */
const MAKING_GRACE_SECONDS = 3_600;

/** Covers of albums. A replaced cover stays for MEDIA_GRACE_SECONDS, because open pages still refer to its URLs. */
@Injectable()
export class AlbumArtwork {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly artwork: ArtworkService,
    private readonly cleanup: AlbumMediaCleanup,
    private readonly purges: CdnPurgeQueue,
    private readonly config: Config,
    private readonly events: AlbumEvents,
  ) {}

  /** Throws NotFoundError, ArtworkInvalidError, TooLargeError, UploadAbortedError. */
  async set(albumId: string, upload: FileUpload): Promise<AlbumDocument> {
    const id = checkedId('Album', albumId);
    await this.get(id);
    const picture = await pictureOf(upload.createReadStream(), this.config.MAX_UPLOAD_BYTES);
    const cover = await this.artwork.make(picture);
    const prefix = albumMedia.newArtwork(id);
    const entry = await this.cleanup.beforeUnreference(id, prefix, MAKING_GRACE_SECONDS);
    const album = await this.swap(id, await this.artwork.store(prefix, cover));
    // The album refers to the cover by now. If the entry cannot be removed, the sweep finds it unnecessary.
    await this.cleanup.done(entry).catch(() => undefined);
    return album;
  }

  /** Throws NotFoundError. */
  remove(albumId: string): Promise<AlbumDocument> {
    return this.swap(checkedId('Album', albumId), null);
  }

  private async swap(id: string, artwork: Artwork | null): Promise<AlbumDocument> {
    for (;;) {
      const before = (await this.get(id)).artwork;
      if (before) {
        await this.cleanup.beforeUnreference(id, before.prefix, this.config.MEDIA_GRACE_SECONDS);
        await this.purges.schedule(before.prefix);
      }
      const album = await untilAnswered(async (again) => {
        const swapped = await this.albums.findOneAndUpdate(
          { _id: id, ...(before ? { 'artwork.prefix': before.prefix } : { artwork: null }) },
          { $set: { artwork } },
          { returnDocument: 'after' },
        );
        if (swapped || !again || !artwork) return swapped;
        return this.albums.findOne({ _id: id, 'artwork.prefix': artwork.prefix });
      });
      if (!album) continue;
      void this.events.changed(id);
      return album;
    }
  }

  private async get(id: string): Promise<AlbumDocument> {
    const album = await this.albums.findById(id);
    if (!album) throw new NotFoundError('Album', id);
    return album;
  }
}
