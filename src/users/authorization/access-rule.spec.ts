import { describe, expect, it } from '@jest/globals';
import { ForbiddenError, UnauthenticatedError } from '../../platform/errors/domain-error.js';
import { assertAllowed, type Asked } from './access-rule.js';
import { AccessScope } from '../access-tokens/access-scope.js';
import { Role } from '../accounts/account.schema.js';
import type { Viewer } from './viewer.js';

const listener: Viewer = { accountId: 'a', role: Role.LISTENER };
const admin: Viewer = { accountId: 'b', role: Role.ADMIN };
const withToken = (viewer: Viewer, scope: AccessScope): Viewer => ({ ...viewer, scope });
const asked = (rule: Asked['rule'], writes = false, scope?: AccessScope): Asked => ({ rule, writes, scope });

describe('assertAllowed', () => {
  it('refuses everyone where there is no rule', () => {
    expect(() => assertAllowed(undefined, asked(undefined))).toThrow(UnauthenticatedError);
    for (const viewer of [listener, admin, withToken(admin, AccessScope.ADMIN)])
      expect(() => assertAllowed(viewer, asked(undefined))).toThrow(ForbiddenError);
  });

  it('allows administrators everything listeners may do', () => {
    for (const rule of ['anyone', 'signed in', 'in person', Role.LISTENER] as const)
      expect(() => assertAllowed(admin, asked(rule, true))).not.toThrow();
  });

  it('refuses writes with a READ token, even public ones', () => {
    const viewer = withToken(admin, AccessScope.READ);
    for (const rule of ['anyone', 'signed in', Role.ADMIN] as const)
      expect(() => assertAllowed(viewer, asked(rule, true))).toThrow(ForbiddenError);
    expect(() => assertAllowed(viewer, asked('signed in'))).not.toThrow();
    expect(() => assertAllowed(viewer, asked(Role.ADMIN))).toThrow(ForbiddenError);
  });

  it('allows an UPLOAD token what requires that scope, if its account is allowed', () => {
    const upload = asked(Role.ADMIN, true, AccessScope.UPLOAD);
    expect(() => assertAllowed(withToken(admin, AccessScope.UPLOAD), upload)).not.toThrow();
    expect(() => assertAllowed(withToken(listener, AccessScope.UPLOAD), upload)).toThrow(ForbiddenError);
    expect(() => assertAllowed(withToken(admin, AccessScope.WRITE), upload)).toThrow(ForbiddenError);
  });

  it('refuses access tokens where a session is required', () => {
    for (const scope of Object.values(AccessScope))
      expect(() => assertAllowed(withToken(admin, scope), asked('in person', true))).toThrow(ForbiddenError);
  });
});
