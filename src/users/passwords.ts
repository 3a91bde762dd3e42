import { hash, verify, type Options } from '@node-rs/argon2';

/** OWASP's first recommendation for argon2id: 19 MiB, 2 passes, 1 lane. Stated, so that a library default cannot move it. */
const COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Longer ones are refused: hashing must not be a way to burn our CPU. */
export const MAX_PASSWORD_LENGTH = 256;

export function hashPassword(password: string): Promise<string> {
  return hash(password, COST);
}

/** Takes the same time whether or not there is a stored hash, so that timing names no accounts. */
export async function passwordMatches(password: string, stored: string | undefined): Promise<boolean> {
  if (password.length > MAX_PASSWORD_LENGTH) return false;
  decoy ??= hashPassword('the hash nobody has');
  const matches = await verify(stored ?? (await decoy), password);
  return matches && stored !== undefined;
}

let decoy: Promise<string> | undefined;
