import { ForbiddenError, NotFoundError } from '../platform/errors/domain-error.js';
import { isAdministrator, type Viewer } from '../users/authorization/viewer.js';
import { Visibility } from './playlist.schema.js';

/** The properties of a playlist that access depends on. */
export interface Guarded {
  id: string;
  visibility: Visibility;
  ownerId: { toString(): string };
  /** Accounts that may edit, including the owner. */
  members: { toString(): string }[];
}

/** `read` it, `edit` its entries, `manage` its facts and collaborators, `remove` it. */
export type Act = 'read' | 'edit' | 'manage' | 'remove';

/** Says whether the viewer may do this with the playlist. All access to playlists is decided here. */
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
      // Administrators are responsible for what the server shows to others, which private playlists are not.
      return isOpen && isAdministrator(viewer);
  }
}

export const mayRead = (playlist: Guarded, viewer: Viewer | undefined) => may('read', playlist, viewer);
export const mayEdit = (playlist: Guarded, viewer: Viewer | undefined) => may('edit', playlist, viewer);

/** Throws NotFoundError if the playlist is hidden from the viewer, ForbiddenError if only the act is refused. */
export function assertMay(act: Act, playlist: Guarded, viewer: Viewer | undefined): void {
  if (!mayRead(playlist, viewer)) throw new NotFoundError('Playlist', playlist.id);
  if (!may(act, playlist, viewer)) throw new ForbiddenError(REFUSALS[act]);
}

const REFUSALS: Record<Act, string> = {
  read: 'This playlist is not shown to your account.',
  edit: 'Only its owner and collaborators may change the songs of this playlist.',
  manage: 'Only its owner may change this playlist.',
  remove: 'Only its owner may remove this playlist.',
};
