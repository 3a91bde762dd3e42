import { Injectable } from '@nestjs/common';
import { DatabaseClock } from '../../platform/mongo/database-clock.service.js';
import { ConflictError } from '../../platform/errors/domain-error.js';
import { LastAdminError } from './account-errors.js';
import { AccountRepository, LEAVING, type RightsChange } from './account.repository.js';
import type { AccountDocument } from './account.schema.js';

/**
 * Removes an administrator's rights only while another administrator remains, without a transaction: the account is
 * marked first, and only administrators without a mark count as remaining. Of two concurrent removals, each sees the
 * other's mark, or the first is already done; so they never both succeed unnoticed. A mark does not change any rights.
 */
@Injectable()
export class LastAdminGuard {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly clock: DatabaseClock,
  ) {}

  /** Applies `change` to an active administrator. Throws LastAdminError or ConflictError. */
  async remove(account: AccountDocument, change: RightsChange): Promise<AccountDocument> {
    const mark = await this.clock.now();
    if (!(await this.accounts.markLeaving(account, mark))) throw justChanged();
    if (!(await this.accounts.hasOtherAdministrator(account, mark))) {
      await this.accounts.clearLeaving(account, mark);
      throw new LastAdminError();
    }
    // After half its lifetime the mark could soon be mistaken for that of a dead process.
    const isFresh = (await this.clock.ago(LEAVING.ttlMs / 2)) < mark;
    const changed = isFresh && (await this.accounts.changeRightsOfLeaving(account, mark, change));
    if (!changed) throw justChanged();
    return changed;
  }
}

function justChanged(): ConflictError {
  return new ConflictError('Somebody else is changing this account. Look again, then try again.');
}
