import { ForbiddenError, UnauthenticatedError } from '../../platform/errors/domain-error.js';
import { AccessScope, grants } from '../access-tokens/access-scope.js';
import { Role } from '../accounts/account.schema.js';
import type { Viewer } from './viewer.js';

export type Rule = 'anyone' | 'signed in' | 'in person' | Role;

export interface Asked {
  /** undefined: nobody is allowed. */
  rule: Rule | undefined;
  /** The scope an access token needs here; undefined: it follows from the rule. */
  scope?: AccessScope;
  /** Whether the operation changes anything. */
  writes: boolean;
}

/** Throws UnauthenticatedError or ForbiddenError unless the viewer is allowed. Every access decision is made here. */
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

/** Public queries need a scope, too, because their results may depend on the viewer. */
function scopeFor({ rule, writes }: Asked): AccessScope {
  if (rule === Role.ADMIN) return AccessScope.ADMIN;
  return writes ? AccessScope.WRITE : AccessScope.READ;
}
