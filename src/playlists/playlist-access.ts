import { ForbiddenError, NotFoundError } from '../platform/errors/domain-error.js';
import { isAdministrator, type Viewer } from '../users/authorization/viewer.js';
import { Visibility } from './playlist.js';

/** What access is decided by. */
export interface Guarded {
  id: string;
  visibility: Visibility;
  ownerId: { toString(): string };
  /** The owner is one of them. */
  members: { toString(): string }[];
}

/** Sees it / changes its entries / changes it and its collaborators / removes it. */
export type Act = 'read' | 'edit' | 'manage' | 'remove';

/** The one decision: what this viewer may do with this playlist. */
export function may(act: Act, playlist: Guarded, viewer: Viewer | undefined): boolean {
  const isOwner = viewer !== undefined && playlist.ownerId.toString() === viewer.accountId;
  if (isOwner) return true;
  const isMember = playlist.members.some((member) => member.toString() === viewer?.accountId);
  const isOpen = playlist.visibility !== Visibility.PRIVATE;
  switch (act) {
    case 'read':
      return isMember || isOpen;
    case 'edit':
      return isMember;
    case 'manage':
      return false;
    case 'remove':
      // An administrator answers for what the house shows, and has no business in private lists.
      return isOpen && isAdministrator(viewer);
  }
}

export const mayRead = (playlist: Guarded, viewer: Viewer | undefined) => may('read', playlist, viewer);
export const mayEdit = (playlist: Guarded, viewer: Viewer | undefined) => may('edit', playlist, viewer);

/** Throws NotFoundError where even its existence is private, ForbiddenError where it is only not theirs. */
export function demand(act: Act, playlist: Guarded, viewer: Viewer | undefined): void {
  if (!mayRead(playlist, viewer)) throw new NotFoundError('Playlist', playlist.id);
  if (!may(act, playlist, viewer)) throw new ForbiddenError(REFUSALS[act]);
}

const REFUSALS: Record<Act, string> = {
  read: 'This playlist is not shown to your account.',
  edit: 'Only its owner and collaborators may change the songs of this playlist.',
  manage: 'Only its owner may change this playlist.',
  remove: 'Only its owner may remove this playlist.',
};
