import type { Request } from 'express';
import type { Role } from './account.js';

/** Who is asking. */
export interface Viewer {
  accountId: string;
  role: Role;
}

/** The viewer rides on the request, set once at the door. */
export type ViewerRequest = Request & { viewer?: Viewer };
