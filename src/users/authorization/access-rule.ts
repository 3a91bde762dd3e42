import { ForbiddenError, UnauthenticatedError } from '../../platform/errors/domain-error.js';
import { AccessScope, grants } from '../access-tokens/access-scope.js';
import { Role } from '../accounts/account.js';
import type { Viewer } from './viewer.js';

export type Rule = 'anyone' | 'signed in' | 'in person' | Role;

export interface Asked {
  /** None: closed to everyone. */
  rule: Rule | undefined;
  /** What an access token needs here; else it follows from the rule. */
  scope?: AccessScope;
  /** Whether it changes anything. */
  writes: boolean;
}

/** Lets the viewer pass or throws UnauthenticatedError or ForbiddenError. The one place where this is decided. */
export function assertAllowed(viewer: Viewer | undefined, asked: Asked): void {
  if (!viewer) {
    if (asked.rule === 'anyone') return;
    throw new UnauthenticatedError();
  }
  if (viewer.scope !== undefined && asked.rule === 'in person')
    throw new ForbiddenError('Only you yourself may do this: sign in. An access token is not enough.');
  const needed = asked.scope ?? scopeFor(asked);
  if (!grants(viewer.scope, needed)) throw new ForbiddenError(`This access token lacks the scope ${needed}.`);
  if (asked.rule === undefined) throw new ForbiddenError();
  // An administrator may do whatever a listener may.
  if (asked.rule === Role.ADMIN && viewer.role !== Role.ADMIN) throw new ForbiddenError();
}

/** Open queries need a scope, too: what they answer may depend on who asks. */
function scopeFor({ rule, writes }: Asked): AccessScope {
  if (rule === Role.ADMIN) return AccessScope.ADMIN;
  return writes ? AccessScope.WRITE : AccessScope.READ;
}
