import { hash, verify, type Options } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { UnavailableError } from '../../platform/errors/domain-error.js';
import { MAX_PASSWORD_LENGTH } from '../../platform/config/config.js';
import { passwordLength } from './password-rules.js';

/**
 * OWASP's first recommendation for argon2id: 19 MiB, 2 passes, 1 lane. Explicit, so that a library default cannot
 * change it.
 */
const COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashing shares libuv's four threads with all file access: a flood of logins must leave some for media. */
const hashing = pLimit(2);
/** With more waiting checks, users would wait too long. */
const MOST_WAITING = 100;

export function hashPassword(password: string): Promise<string> {
  return hash(spelled(password), COST);
}

/**
 * Takes the same time with and without a stored hash, so that timing does not reveal accounts. Throws UnavailableError
 * when too many checks are waiting.
 */
export async function passwordMatches(password: string, stored: string | undefined): Promise<boolean> {
  if (passwordLength(password) > MAX_PASSWORD_LENGTH) return false;
  if (hashing.pendingCount >= MOST_WAITING) {
    throw new UnavailableError('Too many people are signing in at this moment. Try again in a few seconds.');
  }
  decoy ??= hashPassword('the hash nobody has');
  const reference = stored ?? (await decoy);
  const matches = await hashing(() => verify(reference, spelled(password)));
  return matches && stored !== undefined;
}

/** Keyboards send "é" as one or two characters, which must be the same password (NIST SP 800-63B, 5.1.1.2). */
function spelled(password: string): string {
  return password.normalize('NFKC');
}

let decoy: Promise<string> | undefined;
