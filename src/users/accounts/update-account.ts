import type { Model, QueryFilter, UpdateQuery } from 'mongoose';
import { untilAnswered } from '../../platform/mongo/unanswered-write.js';
import type { Account, AccountDocument } from './account.js';

/**
 * One conditional update, repeated until the database has answered it; the account as it is then, or null when the condition
 * did not hold. What the update sets tells a repetition that an earlier call was carried out.
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
