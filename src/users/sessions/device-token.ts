import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Account } from '../accounts/account.schema.js';

const FORM = /^([\w-]{22})\.([\w-]{43})$/;

type Known = Pick<Account, 'passwordHash'>;

/**
 * Proves that a device has signed in to an account before, so that wrong passwords from elsewhere do not block it
 * (OWASP, "Device cookies"). It grants nothing: the password is still required. It is signed with the stored password
 * hash, so nothing else has to be stored, and a new password makes every device unknown again.
 */
export function deviceToken(account: Known, id = newDeviceId()): string {
  return `${id}.${signature(id, account)}`;
}

/** The id of the device, or null when the token is missing, invalid or of another account. */
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
