import { createHash, randomBytes } from 'node:crypto';

/** Makes a leaked one recognisable, to people and to scanners of repositories. */
const ACCESS_TOKEN_PREFIX = 'hmb_pat_';

/** 256 random bits; whoever has it is who it says. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url');
}

export function newAccessToken(): string {
  return `${ACCESS_TOKEN_PREFIX}${newSessionToken()}`;
}

export function isAccessToken(token: string): boolean {
  return token.startsWith(ACCESS_TOKEN_PREFIX);
}

/** All the server keeps of a token: SHA-256, hex. Random bits need no slow hash. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
