import { createHash, randomBytes } from 'node:crypto';

/** Makes leaked tokens recognisable, to people and to secret scanners. */
const ACCESS_TOKEN_PREFIX = 'hmb_pat_';

/** A bearer token of 256 random bits. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url');
}

export function newAccessToken(): string {
  return `${ACCESS_TOKEN_PREFIX}${newSessionToken()}`;
}

export function isAccessToken(token: string): boolean {
  return token.startsWith(ACCESS_TOKEN_PREFIX);
}

/** The stored form of a token: SHA-256, hex. Random bits need no slow hash. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
