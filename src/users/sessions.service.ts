import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { AnswerCache } from '../cache/answer-cache.js';
import { NotFoundError, UnauthenticatedError } from '../common/domain-error.js';
import { Config } from '../config/config.js';
import type { AccountDocument } from './account.js';
import { AccountsService } from './accounts.service.js';
import { Session, StoredSession } from './session.js';
import type { Viewer } from './viewer.js';

const HOUR_MS = 3_600_000;

interface KnownSession extends Viewer {
  expiresAtMs: number;
}

@Injectable()
export class SessionsService {
  constructor(
    @InjectModel(StoredSession.name) private readonly sessions: Model<StoredSession>,
    private readonly accounts: AccountsService,
    private readonly cache: AnswerCache,
    private readonly config: Config,
  ) {}

  async open(account: AccountDocument): Promise<Session> {
    const token = randomBytes(32).toString('base64url');
    const expiresAt = this.nextExpiry();
    await this.sessions.create({ tokenHash: sha256(token), accountId: account._id, expiresAt });
    return { token, expiresAt };
  }

  /** Who holds this token. Throws UnauthenticatedError. */
  async viewer(token: string): Promise<Viewer> {
    const tokenHash = sha256(token);
    const known = await this.cache
      .get(`session:${tokenHash}`, () => this.load(tokenHash))
      .catch(notFoundAsEnded);
    if (known.expiresAtMs <= Date.now()) throw ended();
    return { accountId: known.accountId, role: known.role };
  }

  /** Reading a session extends it; the cache in front makes that at most one write a minute and process. */
  private async load(tokenHash: string): Promise<KnownSession> {
    const session = await this.sessions.findOneAndUpdate(
      { tokenHash, expiresAt: { $gt: new Date() } },
      { $set: { expiresAt: this.nextExpiry() } },
      { returnDocument: 'after' },
    );
    const account = session && (await this.accounts.find(session.accountId.toString()));
    if (!account) throw new NotFoundError('Session');
    return { accountId: account.id, role: account.role, expiresAtMs: session.expiresAt.getTime() };
  }

  private nextExpiry(): Date {
    return new Date(Date.now() + this.config.SESSION_HOURS * HOUR_MS);
  }
}

function sha256(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function ended(): UnauthenticatedError {
  return new UnauthenticatedError('This session has ended. Sign in again.');
}

function notFoundAsEnded(error: unknown): never {
  throw error instanceof NotFoundError ? ended() : error;
}
