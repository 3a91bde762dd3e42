import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { ReadThroughCache } from '../../platform/cache/read-through-cache.service.js';
import { databaseTime } from '../../platform/mongo/database-clock.service.js';
import { NotFoundError, UnauthenticatedError } from '../../platform/errors/domain-error.js';
import { createOnce, untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { Config } from '../../platform/config/config.js';
import { AccountSuspendedError } from '../accounts/account-errors.js';
import type { AccountDocument } from '../accounts/account.schema.js';
import { deviceOf, deviceToken } from './device-token.js';
import { hashOf, newSessionToken } from './secret-token.js';
import { Session, StoredSession } from './session.schema.js';
import { AccountStatusCache } from './account-status-cache.service.js';
import type { Bearer } from '../authorization/viewer.js';

const HOUR_MS = 3_600_000;
/** Maximum sessions per account: a script that signs in every minute ends its older sessions. */
const MAX_SESSIONS = 100;
/** Number of oldest sessions whose use is checked before they end: see `endSurplus`. */
const NEXT_TO_END = 20;

interface KnownSession {
  accountId: string;
  epoch: number;
  expiresAtMs: number;
}

/** Sessions of accounts, and the only class that writes them. */
@Injectable()
export class SessionsService {
  constructor(
    @InjectModel(StoredSession.name) private readonly sessions: Model<StoredSession>,
    private readonly accountStatus: AccountStatusCache,
    private readonly cache: ReadThroughCache,
    private readonly config: Config,
  ) {}

  /**
   * `account` must be as it was when the password was checked: if the password has changed since, the new session is
   * invalid. `device` is the device token that was sent with the password, if any.
   */
  async open(account: AccountDocument, device?: string): Promise<Session> {
    const token = newSessionToken();
    const expiresAt = this.nextExpiry();
    const { _id: accountId, epoch } = account;
    await createOnce(this.sessions, { tokenHash: hashOf(token), accountId, epoch, expiresAt });
    await this.endSurplus(account);
    const known = deviceOf(device, account) ?? undefined;
    return { token, expiresAt, device: deviceToken(account, known) };
  }

  /** The account of this token. Throws UnauthenticatedError or AccountSuspendedError. */
  async viewer(token: string): Promise<Bearer> {
    const tokenHash = hashOf(token);
    const known = await this.cache.get(key(tokenHash), () => this.load(tokenHash)).catch(notFoundAsEnded);
    const status = await this.accountStatus.of(known.accountId).catch(notFoundAsEnded);
    if (status.suspended) throw new AccountSuspendedError();
    if (known.expiresAtMs <= databaseTime().getTime() || known.epoch !== status.epoch) throw ended();
    return { accountId: known.accountId, role: status.role, tokenHash };
  }

  /**
   * No process accepts the session when this resolves. Throws UnconfirmedError when not every process has confirmed.
   */
  async end(tokenHash: string): Promise<void> {
    await untilAnswered(() => this.sessions.deleteOne({ tokenHash }));
    await this.cache.invalidateEverywhere(key(tokenHash));
  }

  /** Moves one session to the account's new epoch, which has ended all others. Throws UnconfirmedError. */
  async keepOnly(tokenHash: string, account: AccountDocument): Promise<void> {
    const { _id: accountId, epoch } = account;
    await this.sessions.updateOne({ tokenHash, accountId }, { $set: { epoch } });
    await this.cache.invalidate(key(tokenHash));
    await this.sessions.deleteMany({ accountId, epoch: { $lt: epoch } });
    await this.accountStatus.invalidate(account.id);
  }

  /** Reading a session extends it; because of the cache this is at most one write in ten minutes. */
  private async load(tokenHash: string): Promise<KnownSession> {
    const session = await this.sessions.findOneAndUpdate(
      { tokenHash, expiresAt: { $gt: databaseTime() } },
      { $set: { expiresAt: this.nextExpiry() } },
      { returnDocument: 'after' },
    );
    if (!session) throw new NotFoundError('Session');
    const { accountId, epoch, expiresAt } = session;
    return { accountId: accountId.toString(), epoch, expiresAtMs: expiresAt.getTime() };
  }

  /**
   * Ends the sessions that were unused longest. Use is stored at most every ten minutes, so the oldest sessions are
   * removed from the cache: one that is in use is then read again, which extends it before its turn comes.
   */
  private async endSurplus({ _id: accountId }: AccountDocument): Promise<void> {
    const last = await this.sessions
      .find({ accountId })
      .sort({ expiresAt: -1 })
      .skip(MAX_SESSIONS - NEXT_TO_END)
      .lean();
    const surplus = last.slice(NEXT_TO_END);
    if (surplus.length > 0) await this.sessions.deleteMany({ _id: { $in: surplus.map(({ _id }) => _id) } });
    await this.cache.invalidate(...last.map(({ tokenHash }) => key(tokenHash)));
  }

  private nextExpiry(): Date {
    return new Date(databaseTime().getTime() + this.config.SESSION_HOURS * HOUR_MS);
  }
}

function key(tokenHash: string): string {
  return `session:${tokenHash}`;
}

function ended(): UnauthenticatedError {
  return new UnauthenticatedError('This session has ended. Sign in again.');
}

function notFoundAsEnded(error: unknown): never {
  throw error instanceof NotFoundError ? ended() : error;
}
