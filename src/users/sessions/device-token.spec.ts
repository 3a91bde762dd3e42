import { describe, expect, it } from '@jest/globals';
import { deviceOf, deviceToken } from './device-token.js';

const account = { passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA' };
const other = { passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdB$aGFzaB' };

describe('a device token', () => {
  it('is accepted for its account and has the same id each time', () => {
    const token = deviceToken(account);
    const id = deviceOf(token, account);
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(deviceToken(account, id!)).toBe(token);
  });

  it('is refused for another account and after a new password', () => {
    expect(deviceOf(deviceToken(account), other)).toBeNull();
  });

  it.each(['', 'nonsense', `${'a'.repeat(22)}.${'b'.repeat(43)}`, null, undefined])(
    'is refused: %s',
    (token) => {
      expect(deviceOf(token, account)).toBeNull();
      expect(deviceOf(deviceToken(account), null)).toBeNull();
    },
  );
});
