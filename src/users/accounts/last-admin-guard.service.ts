import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, UpdateQuery } from 'mongoose';
import { DatabaseClock } from '../../platform/mongo/database-clock.service.js';
import { ConflictError } from '../../platform/errors/domain-error.js';
import { untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { LastAdminError } from './account-errors.js';
import { Account, Role, type AccountDocument } from './account.schema.js';
import { updateAccount } from './update-account.js';

/** A mark older than this was left by a process that died, milliseconds. */
const MARK_MS = 60_000;

/**
 * Removes an administrator's rights only while another administrator remains, without a transaction: the account is
 * marked first, and only administrators without a mark count as remaining. Of two concurrent removals, each sees the
 * other's mark, or the first is already done; so they never both succeed unnoticed. A mark does not change any rights.
 */
@Injectable()
export class LastAdminGuard {
  constructor(
    @InjectModel(Account.name) private readonly accounts: Model<Account>,
    private readonly clock: DatabaseClock,
  ) {}

  /** Applies `change` to an active administrator. Throws LastAdminError or ConflictError. */
  async remove(account: AccountDocument, change: UpdateQuery<Account>): Promise<AccountDocument> {
    const mark = await this.clock.now();
    const stale = new Date(mark.getTime() - MARK_MS);
    const unmarked = { $or: [{ leavingAdminAt: null }, { leavingAdminAt: { $lt: stale } }] };
    const active = { role: Role.ADMIN, suspendedAt: null };
    const mine = { _id: account._id, leavingAdminAt: mark };
    const isMarked = await untilAnswered(async (again) => {
      const { matchedCount } = await this.accounts.updateOne(
        { _id: account._id, ...active, ...unmarked },
        { $set: { leavingAdminAt: mark } },
      );
      return matchedCount > 0 || (again && (await this.accounts.exists(mine)) !== null);
    });
    if (!isMarked) throw justChanged();
    if (!(await this.accounts.exists({ ...active, ...unmarked, _id: { $ne: account._id } }))) {
      await untilAnswered(() => this.accounts.updateOne(mine, { $set: { leavingAdminAt: null } }));
      throw new LastAdminError();
    }
    const { $set, ...rest } = change;
    // After half its lifetime the mark could soon be mistaken for that of a dead process.
    const changed =
      (await this.clock.ago(MARK_MS / 2)) < mark &&
      (await updateAccount(
        this.accounts,
        { ...mine, ...active },
        { ...rest, $set: { ...$set, leavingAdminAt: null } },
      ));
    if (!changed) throw justChanged();
    return changed;
  }
}

function justChanged(): ConflictError {
  return new ConflictError('Somebody else is changing this account. Look again, then try again.');
}
