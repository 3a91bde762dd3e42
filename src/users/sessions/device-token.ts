import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Account } from '../accounts/account.js';

const FORM = /^([\w-]{22})\.([\w-]{43})$/;

type Known = Pick<Account, 'passwordHash'>;

/**
 * A proof that a device has signed in to an account before, so that other people's wrong guesses do not stop it (OWASP,
 * "Device cookies"). It opens nothing: the password is asked for all the same. It is signed with the stored password hash, a
 * secret the server has anyhow, so nothing is kept, and a new password makes every device unknown again.
 */
export function deviceToken(account: Known, id = newDeviceId()): string {
  return `${id}.${signature(id, account)}`;
}

/** The device's id, or null when the token is none of this account's. */
export function deviceOf(token: string | undefined | null, account: Known | null): string | null {
  const [, id, proof] = FORM.exec(token ?? '') ?? [];
  if (!id || !proof || !account) return null;
  return timingSafeEqual(Buffer.from(proof), Buffer.from(signature(id, account))) ? id : null;
}

function newDeviceId(): string {
  return randomBytes(16).toString('base64url');
}

function signature(id: string, { passwordHash }: Known): string {
  return createHmac('sha256', passwordHash).update(`device ${id}`).digest('base64url');
}
