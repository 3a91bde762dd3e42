import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { ReadThroughCache } from '../../platform/cache/read-through-cache.service.js';
import { databaseTime } from '../../platform/mongo/database-clock.service.js';
import type { Page } from '../../platform/graphql/connection.js';
import { newestPage } from '../../platform/graphql/newest-page.js';
import {
  BadInputError,
  ConflictError,
  NotFoundError,
  UnauthenticatedError,
} from '../../platform/errors/domain-error.js';
import { checkedId } from '../../platform/mongo/object-id.js';
import { createOnce, untilAnswered } from '../../platform/mongo/unanswered-write.js';
import type { AccessScope } from './access-scope.js';
import { AccessToken, CreatedAccessToken, type AccessTokenDocument } from './access-token.schema.js';
import { AccountSuspendedError } from '../accounts/account-errors.js';
import { hashOf, newAccessToken } from '../sessions/secret-token.js';
import { AccountStatusCache } from '../sessions/account-status-cache.service.js';
import type { Bearer } from '../authorization/viewer.js';

const MAX_TOKENS = 100;
const MAX_NAME_LENGTH = 100;

interface KnownToken {
  accountId: string;
  scope: AccessScope;
  expiresAtMs: number | null;
}

/** Personal access tokens, of which only hashes are stored, and the only class that writes them. */
@Injectable()
export class AccessTokensService {
  constructor(
    @InjectModel(AccessToken.name) private readonly tokens: Model<AccessToken>,
    private readonly accountStatus: AccountStatusCache,
    private readonly cache: ReadThroughCache,
  ) {}

  /** Throws BadInputError, or ConflictError when the account has too many. */
  async create(
    accountId: string,
    name: string,
    scope: AccessScope,
    expiresAt: Date | null,
  ): Promise<CreatedAccessToken> {
    const trimmed = name.trim();
    if (trimmed.length < 1 || trimmed.length > MAX_NAME_LENGTH)
      throw new BadInputError(`A token's name has 1 to ${MAX_NAME_LENGTH} characters.`);
    if (expiresAt && !(expiresAt > databaseTime()))
      throw new BadInputError('"expiresAt" must be in the future.');
    // Concurrent calls may exceed this by one: the limit need not be exact.
    if ((await this.tokens.countDocuments({ accountId, revokedAt: null })) >= MAX_TOKENS)
      throw new ConflictError(`An account has at most ${MAX_TOKENS} access tokens; revoke some first.`);
    const token = newAccessToken();
    const accessToken = await createOnce(this.tokens, {
      name: trimmed,
      scope,
      expiresAt,
      accountId,
      tokenHash: hashOf(token),
    });
    return { token, accessToken };
  }

  /** Newest first. Throws BadInputError. */
  page(accountId: string, first: number, after: string | null): Promise<Page<AccessTokenDocument>> {
    const own = { accountId: new Types.ObjectId(accountId), revokedAt: null };
    return newestPage(this.tokens, own, first, after);
  }

  /**
   * No process accepts the token any more when this resolves. Throws NotFoundError, also for a token of another
   * account, and UnconfirmedError when not every process has confirmed; the token can be revoked again then.
   */
  async revoke(accountId: string, id: string): Promise<AccessTokenDocument> {
    const own = { _id: checkedId('AccessToken', id), accountId };
    // The record is kept until every process has confirmed, so that this can be repeated.
    const now = databaseTime();
    const revoked = await untilAnswered(() =>
      this.tokens.findOneAndUpdate(own, { $set: { revokedAt: now, expiresAt: now } }),
    );
    if (!revoked) throw new NotFoundError('AccessToken', id);
    await this.cache.invalidateEverywhere(key(revoked.tokenHash));
    await this.tokens.deleteOne(own);
    return revoked;
  }

  /** The account and scope of this token. Throws UnauthenticatedError or AccountSuspendedError. */
  async viewer(token: string): Promise<Bearer> {
    const tokenHash = hashOf(token);
    const known = await this.cache.get(key(tokenHash), () => this.load(tokenHash)).catch(notFoundAsInvalid);
    const status = await this.accountStatus.of(known.accountId).catch(notFoundAsInvalid);
    if (status.suspended) throw new AccountSuspendedError();
    if (known.expiresAtMs !== null && known.expiresAtMs <= databaseTime().getTime()) throw invalid();
    return { accountId: known.accountId, role: status.role, tokenHash, scope: known.scope };
  }

  private async load(tokenHash: string): Promise<KnownToken> {
    const found = await this.tokens.findOneAndUpdate(
      { tokenHash, revokedAt: null },
      { $currentDate: { lastUsedAt: true } },
    );
    if (!found) throw new NotFoundError('AccessToken');
    const { accountId, scope, expiresAt } = found;
    return { accountId: accountId.toString(), scope, expiresAtMs: expiresAt?.getTime() ?? null };
  }
}

function key(tokenHash: string): string {
  return `access-token:${tokenHash}`;
}

function invalid(): UnauthenticatedError {
  return new UnauthenticatedError('This access token has expired or was revoked.');
}

function notFoundAsInvalid(error: unknown): never {
  throw error instanceof NotFoundError ? invalid() : error;
}
