import { isEmail } from 'class-validator';
import { BadInputError } from '../../platform/errors/domain-error.js';

/** RFC 5321's limit of a path, without the angle brackets, characters. */
const MAX_EMAIL_LENGTH = 254;

/** One spelling per address, so that one person does not get two accounts. Accepts any text: it may have no account. */
export function normalisedEmail(email: string): string {
  return email
    .slice(0, 4 * MAX_EMAIL_LENGTH)
    .normalize('NFC')
    .trim()
    .toLowerCase();
}

/** For a new account. Throws BadInputError. */
export function checkedEmail(email: string): string {
  const normalised = normalisedEmail(email);
  if (email.length > 2 * MAX_EMAIL_LENGTH || normalised.length > MAX_EMAIL_LENGTH)
    throw new BadInputError(`An e-mail address has at most ${MAX_EMAIL_LENGTH} characters.`);
  // An installation inside a company has addresses without a dot, such as admin@localhost.
  if (!isEmail(normalised, { require_tld: false, allow_utf8_local_part: true }))
    throw new BadInputError('This is not an e-mail address.');
  return normalised;
}
