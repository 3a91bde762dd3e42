import { Injectable } from '@nestjs/common';
import { ReadThroughCache } from '../../platform/cache/read-through-cache.service.js';
import { NotFoundError } from '../../platform/errors/domain-error.js';
import { AccountRepository } from '../accounts/account.repository.js';
import type { Role } from '../accounts/account.schema.js';

/** The facts of an account that every request with a session or token depends on. */
export interface AccountStatus {
  role: Role;
  suspended: boolean;
  epoch: number;
}

/**
 * Cached apart from sessions: a new role, a suspension or a new epoch invalidates one key, however many sessions there
 * are, and also applies to sessions that are being opened at that moment.
 */
@Injectable()
export class AccountStatusCache {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly cache: ReadThroughCache,
  ) {}

  /** Throws NotFoundError. */
  of(accountId: string): Promise<AccountStatus> {
    return this.cache.get(key(accountId), async () => {
      const account = await this.accounts.find(accountId);
      if (!account) throw new NotFoundError('Account', accountId);
      const { role, suspendedAt, epoch } = account;
      return { role, suspended: suspendedAt !== null, epoch };
    });
  }

  /** Call after the account has changed. Resolves when every process uses the change; rejects with UnconfirmedError. */
  invalidate(accountId: string): Promise<void> {
    return this.cache.invalidateEverywhere(key(accountId));
  }
}

function key(accountId: string): string {
  return `account:${accountId}`;
}
