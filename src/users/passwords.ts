import { hash, verify, type Options } from '@node-rs/argon2';
import { MAX_PASSWORD_LENGTH, passwordLength } from './password-rules.js';

/** OWASP's first recommendation for argon2id: 19 MiB, 2 passes, 1 lane. Stated, so that a library default cannot move it. */
const COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function hashPassword(password: string): Promise<string> {
  return hash(spelled(password), COST);
}

/** Takes the same time whether or not there is a stored hash, so that timing names no accounts. */
export async function passwordMatches(password: string, stored: string | undefined): Promise<boolean> {
  if (passwordLength(password) > MAX_PASSWORD_LENGTH) return false;
  decoy ??= hashPassword('the hash nobody has');
  const matches = await verify(stored ?? (await decoy), spelled(password));
  return matches && stored !== undefined;
}

/** One keyboard sends "é" as one character, another as two: the same password (NIST SP 800-63B, 5.1.1.2). */
function spelled(password: string): string {
  return password.normalize('NFKC');
}

let decoy: Promise<string> | undefined;
