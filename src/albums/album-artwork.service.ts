import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { Artwork } from '../artwork/artwork.schema.js';
import { ArtworkService } from '../artwork/artwork.service.js';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import type { FileUpload } from '../platform/graphql/upload.scalar.js';
import { Config } from '../platform/config/config.js';
import { pictureOf } from '../uploads/multipart/picture-upload.js';
import { AlbumMediaCleanup } from './album-media-cleanup.service.js';
import { albumMedia } from './album-media.js';
import { AlbumRepository } from './album.repository.js';
import { Album, type AlbumDocument } from './album.schema.js';

/** Upper bound of the time from storing a cover to the album referring to it, seconds. */
const MAKING_GRACE_SECONDS = 3_600;

/** Covers of albums. A replaced cover stays for MEDIA_GRACE_SECONDS, because open pages still refer to its URLs. */
@Injectable()
export class AlbumArtwork {
  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly repository: AlbumRepository,
    private readonly artwork: ArtworkService,
    private readonly cleanup: AlbumMediaCleanup,
    private readonly config: Config,
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

  /** Of several at once each swaps in turn. */
  private async swap(id: string, artwork: Artwork | null): Promise<AlbumDocument> {
    for (;;) {
      const { artwork: before } = await this.get(id);
      const album = await this.repository.swapArtwork(id, before, artwork);
      if (album) return album;
    }
  }

  private async get(id: string): Promise<AlbumDocument> {
    const album = await this.albums.findById(id);
    if (!album) throw new NotFoundError('Album', id);
    return album;
  }
}
