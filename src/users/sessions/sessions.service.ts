import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { ReadThroughCache } from '../../platform/cache/read-through-cache.js';
import { databaseTime } from '../../platform/mongo/database-clock.js';
import { NotFoundError, UnauthenticatedError } from '../../platform/errors/domain-error.js';
import { createOnce, untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { Config } from '../../platform/config/config.js';
import { AccountSuspendedError } from '../accounts/account-errors.js';
import type { AccountDocument } from '../accounts/account.js';
import { deviceOf, deviceToken } from './device-token.js';
import { hashOf, newSessionToken } from './secret-token.js';
import { Session, StoredSession } from './session.js';
import { AccountStatusCache } from './account-status.cache.js';
import type { Bearer } from '../authorization/viewer.js';

const HOUR_MS = 3_600_000;
/** A script that signs in every minute ends sessions it has left behind, and does not fill our disk. */
const MAX_SESSIONS = 100;
/** So many that are next to end are asked whether they are in use: see `endSurplus`. */
const NEXT_TO_END = 20;

interface KnownSession {
  accountId: string;
  epoch: number;
  expiresAtMs: number;
}

@Injectable()
export class SessionsService {
  constructor(
    @InjectModel(StoredSession.name) private readonly sessions: Model<StoredSession>,
    private readonly standings: AccountStatusCache,
    private readonly cache: ReadThroughCache,
    private readonly config: Config,
  ) {}

  /**
   * `account` as it was when the password was checked: a session opened while it changed is born ended. `device` is the token
   * that came with the password, if one did.
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

  /** Who holds this token. Throws UnauthenticatedError or AccountSuspendedError. */
  async viewer(token: string): Promise<Bearer> {
    const tokenHash = hashOf(token);
    const known = await this.cache.get(key(tokenHash), () => this.load(tokenHash)).catch(notFoundAsEnded);
    const standing = await this.standings.of(known.accountId).catch(notFoundAsEnded);
    if (standing.suspended) throw new AccountSuspendedError();
    if (known.expiresAtMs <= databaseTime().getTime() || known.epoch !== standing.epoch) throw ended();
    return { accountId: known.accountId, role: standing.role, tokenHash };
  }

  /** Ended everywhere by the time it resolves. Throws UnconfirmedError when it is not known that every process goes by it. */
  async end(tokenHash: string): Promise<void> {
    await untilAnswered(() => this.sessions.deleteOne({ tokenHash }));
    await this.cache.invalidateEverywhere(key(tokenHash));
  }

  /** Takes one session over into the account's new epoch, which has ended all others. Throws UnconfirmedError. */
  async keepOnly(tokenHash: string, account: AccountDocument): Promise<void> {
    const { _id: accountId, epoch } = account;
    await this.sessions.updateOne({ tokenHash, accountId }, { $set: { epoch } });
    await this.cache.invalidate(key(tokenHash));
    await this.sessions.deleteMany({ accountId, epoch: { $lt: epoch } });
    await this.standings.forget(account.id);
  }

  /** Reading a session extends it; the cache in front makes that at most one write in ten minutes. */
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
   * Ends those that were unused longest. Use is written down at most every ten minutes, so those that are next to end are
   * forgotten by the cache: one that is in use reads itself again, and so moves away from the end before its turn comes.
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
