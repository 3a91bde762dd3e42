import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { ReadThroughCache } from '../../platform/cache/read-through-cache.js';
import { NotFoundError } from '../../platform/errors/domain-error.js';
import { Account, type Role } from '../accounts/account.js';

/** What decides at every request whether an account's sessions and tokens count, and for what. */
export interface AccountStatus {
  role: Role;
  suspended: boolean;
  epoch: number;
}

/**
 * Remembered apart from sessions: a change of role, a suspension or a new epoch is one key to forget, however many
 * sessions there are, and reaches those that are being opened at that moment, too.
 */
@Injectable()
export class AccountStatusCache {
  constructor(
    @InjectModel(Account.name) private readonly accounts: Model<Account>,
    private readonly cache: ReadThroughCache,
  ) {}

  /** Throws NotFoundError. */
  of(accountId: string): Promise<AccountStatus> {
    return this.cache.get(key(accountId), async () => {
      const account = await this.accounts.findById(accountId);
      if (!account) throw new NotFoundError('Account', accountId);
      const { role, suspendedAt, epoch } = account;
      return { role, suspended: suspendedAt !== null, epoch };
    });
  }

  /** Call after the truth has changed. Resolves when every process goes by it; rejects with UnconfirmedError. */
  forget(accountId: string): Promise<void> {
    return this.cache.invalidateEverywhere(key(accountId));
  }
}

function key(accountId: string): string {
  return `account:${accountId}`;
}
