import type { Request } from 'express';
import { grants, AccessScope } from '../access-tokens/access-scope.js';
import { Role } from '../accounts/account.schema.js';

/** The account that makes a request. */
export interface Viewer {
  accountId: string;
  role: Role;
  /** Scope of a personal access token; undefined for a session, which may do everything its account may. */
  scope?: AccessScope;
}

/** A viewer with the token that was sent. */
export interface Bearer extends Viewer {
  /** SHA-256 of the token, hex. */
  tokenHash: string;
}

/** A request with its viewer, which AuthenticationMiddleware sets. */
export type ViewerRequest = Request & { viewer?: Viewer };

/** Whether the viewer is an administrator with a token or session that allows `scope`. */
export function isAdministrator(viewer: Viewer | undefined, scope = AccessScope.ADMIN): boolean {
  return viewer?.role === Role.ADMIN && grants(viewer.scope, scope);
}
