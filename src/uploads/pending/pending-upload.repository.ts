import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock, databaseTime } from '../../platform/mongo/database-clock.service.js';
import { createOnce, untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { Claim } from '../../platform/scheduling/claim.js';
import { Config } from '../../platform/config/config.js';
import { PendingUpload, UploadProtocol, type StoredUpload } from './pending-upload.schema.js';

/** A claim expires 30 s after it was last renewed. Its holder renews it after a third of the time. */
export const CLAIM = new Claim({ until: 'claimedUntil', holder: 'claimedBy' }, 30_000);

export const UPLOAD_ID = /^[0-9a-f]{32}$/;

export type NewUpload = Pick<
  StoredUpload,
  'accountId' | 'protocol' | 'bytes' | 'fileName' | 'sha256' | 'store'
>;

/**
 * The only writer of the collection of uploads that were announced and are not a song yet. A record is inserted before
 * the first byte arrives and deleted after the last byte was removed.
 */
@Injectable()
export class PendingUploadRepository {
  /** How often the expiry of an upload is extended while its bytes arrive, milliseconds. */
  readonly postponeMs: number;

  constructor(
    @InjectModel(PendingUpload.name) private readonly model: Model<PendingUpload>,
    private readonly config: Config,
    private readonly clock: DatabaseClock,
  ) {
    this.postponeMs = Math.min(10_000, (config.UPLOAD_EXPIRY_SECONDS * 1000) / 3);
  }

  async add(upload: NewUpload): Promise<StoredUpload> {
    const _id = randomBytes(16).toString('hex');
    const expiresAt = await this.expiresAt();
    await createOnce(this.model, { ...upload, _id, expiresAt });
    return { ...upload, _id, expiresAt, claimedBy: null, claimedUntil: null };
  }

  /** Resolves to null when no such upload exists, and when `id` is not an upload id. */
  async find(id: string): Promise<StoredUpload | null> {
    return UPLOAD_ID.test(id) ? this.model.findById(id).lean() : null;
  }

  /** Like `find`, but null when the upload belongs to another account. */
  async findOwn(id: string, accountId: string): Promise<StoredUpload | null> {
    const upload = await this.find(id);
    return upload?.accountId === accountId ? upload : null;
  }

  /**
   * An unexpired and unclaimed tus upload of the same file by the same account, which the client may continue. Null
   * when there is none, and always null without a SHA-256 or for another protocol.
   */
  async findResumable(upload: NewUpload): Promise<StoredUpload | null> {
    const { accountId, protocol, bytes, sha256 } = upload;
    if (protocol !== UploadProtocol.TUS || !sha256) return null;
    const now = await this.clock.now();
    return this.model
      .findOne({ accountId, protocol, bytes, sha256, expiresAt: { $gt: now }, ...CLAIM.free(now) })
      .lean()
      .exec();
  }

  /**
   * Claims the upload for this process. Resolves to the claim's id, or null if another process holds it or the upload
   * no longer exists.
   */
  claim(id: string): Promise<string | null> {
    return this.claimIf(id, (now) => CLAIM.free(now));
  }

  /** Like `claim`, but only for an expired upload. Null if it is being completed or has just received more bytes. */
  claimExpired(id: string): Promise<string | null> {
    return this.claimIf(id, expired);
  }

  async renewClaim(id: string, claimedBy: string): Promise<void> {
    await this.model.updateOne(
      { _id: id, ...CLAIM.heldBy(claimedBy) },
      { $set: CLAIM.taken(await this.clock.now(), claimedBy) },
    );
  }

  async release(id: string, claimedBy: string): Promise<void> {
    await this.model.updateOne({ _id: id, ...CLAIM.heldBy(claimedBy) }, { $set: CLAIM.released });
  }

  /** Extends the upload's expiry because bytes are arriving. */
  async postpone(id: string): Promise<void> {
    await this.model.updateOne({ _id: id }, { $set: { expiresAt: await this.expiresAt() } });
  }

  /**
   * Deletes the record. Delete the uploaded bytes first: bytes without a record are treated as orphans and removed by
   * the sweep.
   */
  async remove(id: string): Promise<void> {
    await untilAnswered(() => this.model.deleteOne({ _id: id }));
  }

  async expired(limit: number): Promise<StoredUpload[]> {
    return this.model
      .find(expired(await this.clock.now()))
      .sort({ expiresAt: 1 })
      .limit(limit)
      .lean()
      .exec();
  }

  private async claimIf(id: string, claimable: (now: Date) => object): Promise<string | null> {
    const claimedBy = randomUUID();
    const claimed = await untilAnswered(async (again) => {
      const now = await this.clock.now();
      const { modifiedCount } = await this.model.updateOne(
        { _id: id, ...claimable(now) },
        { $set: CLAIM.taken(now, claimedBy) },
      );
      return (
        modifiedCount === 1 ||
        (again && (await this.model.exists({ _id: id, ...CLAIM.heldBy(claimedBy) })) !== null)
      );
    });
    return claimed ? claimedBy : null;
  }

  /** The expiry of an upload that receives no more bytes from now on. */
  private expiresAt(): Promise<Date> {
    return this.clock.in(this.config.UPLOAD_EXPIRY_SECONDS * 1000);
  }
}

/**
 * Whether a process is validating the upload. Its claim is renewed long before it expires, so an estimated time will
 * do.
 */
export function isClaimed({ claimedUntil }: StoredUpload): boolean {
  return CLAIM.isHeld(claimedUntil, databaseTime());
}

const expired = (now: Date) => ({ expiresAt: { $lte: now }, ...CLAIM.free(now) });
