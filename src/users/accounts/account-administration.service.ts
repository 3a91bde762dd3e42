import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model, type UpdateQuery } from 'mongoose';
import { decodeCursor, pageSize, toPage, type Page } from '../../platform/graphql/connection.js';
import { ConflictError, NotFoundError } from '../../platform/errors/domain-error.js';
import { checkedId } from '../../platform/mongo/object-id.js';
import { Account, Role, type AccountDocument } from './account.schema.js';
import { LastAdminGuard } from './last-admin-guard.service.js';
import { AccountStatusCache } from '../sessions/account-status-cache.service.js';
import { updateAccount } from './update-account.js';

const CURSOR = /^[0-9a-f]{24}$/;

/**
 * Operations of administrators on accounts. Every process uses a change when the method resolves. It rejects with
 * UnconfirmedError when not all have confirmed; repeating it then changes nothing, but asks every process again.
 */
@Injectable()
export class AccountAdministration {
  constructor(
    @InjectModel(Account.name) private readonly accounts: Model<Account>,
    private readonly lastAdmin: LastAdminGuard,
    private readonly accountStatus: AccountStatusCache,
  ) {}

  /** Newest first. Throws BadInputError. */
  async page(first: number, after: string | null): Promise<Page<AccountDocument>> {
    const from = after ? { _id: { $lt: new Types.ObjectId(decodeCursor(after, CURSOR)) } } : {};
    const found = await this.accounts
      .find(from)
      .sort({ _id: -1 })
      .limit(pageSize(first) + 1);
    return toPage(
      found,
      first,
      ({ id }) => id,
      () => this.accounts.estimatedDocumentCount().exec(),
    );
  }

  /** Throws NotFoundError, LastAdminError or ConflictError. */
  async changeRole(id: string, role: Role): Promise<AccountDocument> {
    const account = await this.get(id);
    if (account.role === role) return this.confirmed(account);
    return this.change(account, { $set: { role } });
  }

  /** Ends all sessions and disables access tokens meanwhile. Throws NotFoundError, LastAdminError or ConflictError. */
  async suspend(id: string): Promise<AccountDocument> {
    const account = await this.get(id);
    if (account.suspendedAt) return this.confirmed(account);
    return this.change(account, { $set: { suspendedAt: new Date() }, $inc: { epoch: 1 } });
  }

  /** Throws NotFoundError or ConflictError. */
  async reinstate(id: string): Promise<AccountDocument> {
    const account = await this.get(id);
    if (!account.suspendedAt) return this.confirmed(account);
    return this.change(account, { $set: { suspendedAt: null } });
  }

  /** Applies the update only if role and suspension are still as they were read. */
  private async change(account: AccountDocument, update: UpdateQuery<Account>): Promise<AccountDocument> {
    const { _id, role, suspendedAt } = account;
    const changed =
      role === Role.ADMIN && !suspendedAt
        ? await this.lastAdmin.remove(account, update)
        : await updateAccount(this.accounts, { _id, role, suspendedAt }, update);
    if (!changed) throw new ConflictError('Somebody else has just changed this account. Look again.');
    return this.confirmed(changed);
  }

  private async confirmed(account: AccountDocument): Promise<AccountDocument> {
    await this.accountStatus.invalidate(account.id);
    return account;
  }

  private async get(id: string): Promise<AccountDocument> {
    const account = await this.accounts.findById(checkedId('Account', id));
    if (!account) throw new NotFoundError('Account', id);
    return account;
  }
}
