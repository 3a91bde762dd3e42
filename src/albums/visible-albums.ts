import type { QueryFilter } from 'mongoose';
import { AccessScope } from '../users/access-tokens/access-scope.js';
import { isAdministrator, type Viewer } from '../users/authorization/viewer.js';
import { AlbumState, type Album } from './album.js';

/** The albums that exist for this viewer, as a condition of a query. */
export function visibleTo(viewer: Viewer | undefined): QueryFilter<Album> {
  return isAdministrator(viewer, AccessScope.UPLOAD) ? {} : { state: AlbumState.PUBLISHED };
}

export function isVisibleTo(viewer: Viewer | undefined, { state }: Pick<Album, 'state'>): boolean {
  return state === AlbumState.PUBLISHED || isAdministrator(viewer, AccessScope.UPLOAD);
}
