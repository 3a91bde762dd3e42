import { describe, expect, it } from '@jest/globals';
import { Role } from '../users/accounts/account.schema.js';
import { assertMay, may, type Act } from './playlist-access.js';
import { Visibility } from './playlist.schema.js';

const VIEWERS = {
  owner: { accountId: 'o', role: Role.LISTENER },
  collaborator: { accountId: 'c', role: Role.LISTENER },
  other: { accountId: 'x', role: Role.LISTENER },
  admin: { accountId: 'a', role: Role.ADMIN },
  stranger: undefined,
};
const ACTS: Act[] = ['read', 'edit', 'manage', 'remove'];
const playlist = (visibility: Visibility) => ({ id: 'p', visibility, ownerId: 'o', members: ['o', 'c'] });

describe('access to a playlist', () => {
  it.each([
    [Visibility.PRIVATE, 'owner', 'read edit manage remove'],
    [Visibility.PRIVATE, 'collaborator', 'read edit'],
    [Visibility.PRIVATE, 'other', ''],
    [Visibility.PRIVATE, 'admin', ''],
    [Visibility.PRIVATE, 'stranger', ''],
    [Visibility.UNLISTED, 'owner', 'read edit manage remove'],
    [Visibility.UNLISTED, 'collaborator', 'read edit'],
    [Visibility.UNLISTED, 'other', 'read'],
    [Visibility.UNLISTED, 'admin', 'read remove'],
    [Visibility.UNLISTED, 'stranger', 'read'],
    [Visibility.PUBLIC, 'owner', 'read edit manage remove'],
    [Visibility.PUBLIC, 'collaborator', 'read edit'],
    [Visibility.PUBLIC, 'other', 'read'],
    [Visibility.PUBLIC, 'admin', 'read remove'],
    [Visibility.PUBLIC, 'stranger', 'read'],
  ] as const)('%s: the %s may "%s"', (visibility, who, acts) => {
    const allowed = ACTS.filter((act) => may(act, playlist(visibility), VIEWERS[who]));
    expect(allowed.join(' ')).toBe(acts);
  });

  it('answers NOT_FOUND for a private playlist of others, as if it did not exist', () => {
    for (const act of ACTS)
      expect(() => assertMay(act, playlist(Visibility.PRIVATE), VIEWERS.other)).toThrow(
        expect.objectContaining({ code: 'NOT_FOUND' }),
      );
  });

  it('answers FORBIDDEN to a reader who may not edit', () => {
    expect(() => assertMay('edit', playlist(Visibility.PUBLIC), VIEWERS.other)).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN' }),
    );
  });
});
