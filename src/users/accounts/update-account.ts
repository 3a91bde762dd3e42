import type { Model, QueryFilter, UpdateQuery } from 'mongoose';
import { untilAnswered } from '../../platform/mongo/unanswered-write.js';
import type { Account, AccountDocument } from './account.schema.js';

/**
 * Makes one conditional update, repeated until the database has answered. Resolves with the updated account, or null
 * when the condition did not hold. A repetition recognises by the updated fields that an earlier call was executed.
 */
export function updateAccount(
  accounts: Model<Account>,
  condition: QueryFilter<Account> & { _id: unknown },
  update: UpdateQuery<Account>,
): Promise<AccountDocument | null> {
  return untilAnswered(async (again) => {
    const changed = await accounts.findOneAndUpdate(condition, update, { returnDocument: 'after' });
    if (changed || !again) return changed;
    return accounts.findOne({ _id: condition._id, ...update.$set });
  });
}
