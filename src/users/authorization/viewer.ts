import type { Request } from 'express';
import { grants, AccessScope } from '../access-tokens/access-scope.js';
import { Role } from '../accounts/account.js';

/** Who is asking. */
export interface Viewer {
  accountId: string;
  role: Role;
  /** Of a personal access token; undefined for a session, which may do whatever its account may. */
  scope?: AccessScope;
}

/** A viewer with the proof they sent. */
export interface Bearer extends Viewer {
  /** SHA-256 of the token, hex. */
  tokenHash: string;
}

/** The viewer rides on the request, set once at the door. */
export type ViewerRequest = Request & { viewer?: Viewer };

/** An administrator, by a proof good for `scope`. */
export function isAdministrator(viewer: Viewer | undefined, scope = AccessScope.ADMIN): boolean {
  return viewer?.role === Role.ADMIN && grants(viewer.scope, scope);
}
