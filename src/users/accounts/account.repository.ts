import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, QueryFilter, UpdateQuery } from 'mongoose';
import type { Page } from '../../platform/graphql/connection.js';
import { newestPage } from '../../platform/graphql/newest-page.js';
import { createOnce, untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { Claim } from '../../platform/scheduling/claim.js';
import { Account, Role, type AccountDocument } from './account.schema.js';

const ACTIVE_ADMIN = { role: Role.ADMIN, suspendedAt: null };

/** A new role, or a suspension (which also ends every session) or its end (null). */
export type RightsChange = { role: Role } | { suspendedAt: Date | null };

/**
 * The mark of an administrator who is being removed (last-admin-guard.service.ts), known by the time at which it was
 * made. An older one was left by a process that died.
 */
export const LEAVING = new Claim({ since: 'leavingAdminAt' }, 60_000);

/**
 * Reads accounts, and is the only class that writes them: it has one method for each change. Every write is repeated
 * until the database has answered. None of them invalidates AccountStatusCache.
 */
@Injectable()
export class AccountRepository {
  constructor(@InjectModel(Account.name) private readonly accounts: Model<Account>) {}

  /** Resolves when the unique indexes exist. Waits for the first connection without a limit. */
  async ready(): Promise<void> {
    await this.accounts.init();
  }

  find(id: string): Promise<AccountDocument | null> {
    return this.accounts.findById(id).exec();
  }

  /** `email` must be normalised (email.ts). */
  findByEmail(email: string): Promise<AccountDocument | null> {
    return this.accounts.findOne({ email }).exec();
  }

  /** Newest first. Throws BadInputError. */
  page(first: number, after: string | null): Promise<Page<AccountDocument>> {
    return newestPage(this.accounts, {}, first, after);
  }

  async hasAdministrator(): Promise<boolean> {
    return (await this.accounts.exists({ role: Role.ADMIN })) !== null;
  }

  /** Whether another account is an active administrator without a mark. */
  async hasOtherAdministrator({ _id }: AccountDocument, now: Date): Promise<boolean> {
    const others = { ...ACTIVE_ADMIN, ...LEAVING.free(now), _id: { $ne: _id } };
    return (await this.accounts.exists(others)) !== null;
  }

  /** Rejects with a duplicate-key error when the address has an account. */
  create(fields: Pick<Account, 'email' | 'role' | 'passwordHash'>): Promise<AccountDocument> {
    return createOnce(this.accounts, fields);
  }

  /** Also ends every session. Resolves with null when the password is no longer that of `account`. */
  changePassword(
    { _id, passwordHash }: AccountDocument,
    newPasswordHash: string,
  ): Promise<AccountDocument | null> {
    return this.updateIf(
      { _id, passwordHash },
      { $set: { passwordHash: newPasswordHash }, $inc: { epoch: 1 } },
    );
  }

  /** Ends every session. A repetition may increment the epoch twice, which ends the same sessions. */
  async endSessions(id: string): Promise<void> {
    await untilAnswered(() => this.accounts.updateOne({ _id: id }, { $inc: { epoch: 1 } }));
  }

  /** Resolves with null when role or suspension are no longer those of `account`. */
  changeRights(account: AccountDocument, change: RightsChange): Promise<AccountDocument | null> {
    const { _id, role, suspendedAt } = account;
    return this.updateIf({ _id, role, suspendedAt }, updateFor(change));
  }

  /** Marks an administrator. Resolves with false when the account is marked already or no active administrator. */
  markLeaving({ _id }: AccountDocument, at: Date): Promise<boolean> {
    return untilAnswered(async (again) => {
      const { matchedCount } = await this.accounts.updateOne(
        { _id, ...ACTIVE_ADMIN, ...LEAVING.free(at) },
        { $set: LEAVING.taken(at) },
      );
      return (
        matchedCount > 0 || (again && (await this.accounts.exists({ _id, leavingAdminAt: at })) !== null)
      );
    });
  }

  async clearLeaving({ _id }: AccountDocument, at: Date): Promise<void> {
    await untilAnswered(() =>
      this.accounts.updateOne({ _id, leavingAdminAt: at }, { $set: LEAVING.released }),
    );
  }

  /** Clears the mark with the same write. Resolves with null unless the administrator is active and has this mark. */
  changeRightsOfLeaving(
    { _id }: AccountDocument,
    at: Date,
    change: RightsChange,
  ): Promise<AccountDocument | null> {
    const { $set, ...rest } = updateFor(change);
    return this.updateIf(
      { _id, leavingAdminAt: at, ...ACTIVE_ADMIN },
      { ...rest, $set: { ...$set, ...LEAVING.released } },
    );
  }

  /** Null when the condition does not hold. A repetition recognises an earlier, executed call by the updated fields. */
  private updateIf(
    condition: QueryFilter<Account> & { _id: unknown },
    update: UpdateQuery<Account>,
  ): Promise<AccountDocument | null> {
    return untilAnswered(async (again) => {
      const changed = await this.accounts.findOneAndUpdate(condition, update, { returnDocument: 'after' });
      if (changed || !again) return changed;
      return this.accounts.findOne({ _id: condition._id, ...update.$set });
    });
  }
}

function updateFor(change: RightsChange): UpdateQuery<Account> {
  const suspends = 'suspendedAt' in change && change.suspendedAt !== null;
  return { $set: change, ...(suspends ? { $inc: { epoch: 1 } } : {}) };
}
