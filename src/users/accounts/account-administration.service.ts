import { Injectable } from '@nestjs/common';
import type { Page } from '../../platform/graphql/connection.js';
import { ConflictError, NotFoundError } from '../../platform/errors/domain-error.js';
import { checkedId } from '../../platform/mongo/object-id.js';
import { AccountRepository, type RightsChange } from './account.repository.js';
import { Role, type AccountDocument } from './account.schema.js';
import { LastAdminGuard } from './last-admin-guard.service.js';
import { AccountStatusCache } from '../sessions/account-status-cache.service.js';

/**
 * Operations of administrators on accounts. Every process uses a change when the method resolves. It rejects with
 * UnconfirmedError when not all have confirmed; repeating it then changes nothing, but asks every process again.
 */
@Injectable()
export class AccountAdministration {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly lastAdmin: LastAdminGuard,
    private readonly accountStatus: AccountStatusCache,
  ) {}

  /** Newest first. Throws BadInputError. */
  page(first: number, after: string | null): Promise<Page<AccountDocument>> {
    return this.accounts.page(first, after);
  }

  /** Throws NotFoundError, LastAdminError or ConflictError. */
  async changeRole(id: string, role: Role): Promise<AccountDocument> {
    const account = await this.get(id);
    if (account.role === role) return this.confirmed(account);
    return this.change(account, { role });
  }

  /** Ends all sessions and disables access tokens meanwhile. Throws NotFoundError, LastAdminError or ConflictError. */
  async suspend(id: string): Promise<AccountDocument> {
    const account = await this.get(id);
    if (account.suspendedAt) return this.confirmed(account);
    return this.change(account, { suspendedAt: new Date() });
  }

  /** Throws NotFoundError or ConflictError. */
  async reinstate(id: string): Promise<AccountDocument> {
    const account = await this.get(id);
    if (!account.suspendedAt) return this.confirmed(account);
    return this.change(account, { suspendedAt: null });
  }

  private async change(account: AccountDocument, change: RightsChange): Promise<AccountDocument> {
    const changed =
      account.role === Role.ADMIN && !account.suspendedAt
        ? await this.lastAdmin.remove(account, change)
        : await this.accounts.changeRights(account, change);
    if (!changed) throw new ConflictError('Somebody else has just changed this account. Look again.');
    return this.confirmed(changed);
  }

  private async confirmed(account: AccountDocument): Promise<AccountDocument> {
    await this.accountStatus.invalidate(account.id);
    return account;
  }

  private async get(id: string): Promise<AccountDocument> {
    const account = await this.accounts.find(checkedId('Account', id));
    if (!account) throw new NotFoundError('Account', id);
    return account;
  }
}
