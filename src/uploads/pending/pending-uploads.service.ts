import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock, databaseTime } from '../../platform/mongo/database-clock.js';
import { createOnce, untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { Config } from '../../platform/config/config.js';
import { PendingUpload, UploadProtocol, type StoredUpload } from './pending-upload.js';

/** A judge who is silent for longer has died, milliseconds; renewed three times in it. */
export const CLAIM_TTL_MS = 30_000;

export const UPLOAD_ID = /^[0-9a-f]{32}$/;

export type NewUpload = Pick<
  StoredUpload,
  'accountId' | 'protocol' | 'bytes' | 'fileName' | 'sha256' | 'store'
>;

/** The book of uploads promised and not yet judged. A line comes before the first byte and goes after the last. */
@Injectable()
export class PendingUploads {
  /** How often one that arrives is to be put off, milliseconds. */
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
    return { ...upload, _id, expiresAt, judge: null, judgedUntil: null };
  }

  /** null for what is no id, too. */
  async find(id: string): Promise<StoredUpload | null> {
    return UPLOAD_ID.test(id) ? this.model.findById(id).lean() : null;
  }

  /** null unless it is this account's. */
  async findOwn(id: string, accountId: string): Promise<StoredUpload | null> {
    const upload = await this.find(id);
    return upload?.accountId === accountId ? upload : null;
  }

  /** One of this file by tus that its owner may go on with. */
  async interruptedError(upload: NewUpload): Promise<StoredUpload | null> {
    const { accountId, protocol, bytes, sha256 } = upload;
    if (protocol !== UploadProtocol.TUS || !sha256) return null;
    const now = await this.clock.now();
    return this.model
      .findOne({ accountId, protocol, bytes, sha256, expiresAt: { $gt: now }, ...unjudged(now) })
      .lean()
      .exec();
  }

  /** The judge's name, for whom alone it is from now on; null when somebody else judges it, or it is gone. */
  judge(id: string): Promise<string | null> {
    return this.claim(id, unjudged);
  }

  /** Of one whose time is over; null when somebody completes it at this moment, or more has arrived. */
  claimExpired(id: string): Promise<string | null> {
    return this.claim(id, expired);
  }

  async renewClaim(id: string, judge: string): Promise<void> {
    await this.model.updateOne(
      { _id: id, judge },
      { $set: { judgedUntil: await this.clock.in(CLAIM_TTL_MS) } },
    );
  }

  async release(id: string, judge: string): Promise<void> {
    await this.model.updateOne({ _id: id, judge }, { $set: { judge: null, judgedUntil: null } });
  }

  async postpone(id: string): Promise<void> {
    await this.model.updateOne({ _id: id }, { $set: { expiresAt: await this.expiresAt() } });
  }

  /** After its bytes, never before: what has no line is nobody's. */
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

  private async claim(id: string, claimable: (now: Date) => object): Promise<string | null> {
    const judge = randomUUID();
    const claimed = await untilAnswered(async (again) => {
      const now = await this.clock.now();
      const { modifiedCount } = await this.model.updateOne(
        { _id: id, ...claimable(now) },
        { $set: { judge, judgedUntil: new Date(now.getTime() + CLAIM_TTL_MS) } },
      );
      return modifiedCount === 1 || (again && (await this.model.exists({ _id: id, judge })) !== null);
    });
    return claimed ? judge : null;
  }

  /** When nothing more arrives from now on. */
  private expiresAt(): Promise<Date> {
    return this.clock.in(this.config.UPLOAD_EXPIRY_SECONDS * 1000);
  }
}

/** `judgedUntil` is renewed long before it has passed, so here the time need not be exact. */
export function isClaimed({ judgedUntil: until }: StoredUpload): boolean {
  return until !== null && until > databaseTime();
}

const unjudged = (now: Date) => ({ $or: [{ judgedUntil: null }, { judgedUntil: { $lte: now } }] });

const expired = (now: Date) => ({ expiresAt: { $lte: now }, ...unjudged(now) });
