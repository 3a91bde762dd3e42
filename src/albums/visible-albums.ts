import type { QueryFilter } from 'mongoose';
import { AccessScope } from '../users/access-tokens/access-scope.js';
import { isAdministrator, type Viewer } from '../users/authorization/viewer.js';
import { AlbumState, type Album } from './album.schema.js';

/** Query condition that selects the albums this viewer may see. */
export function visibleTo(viewer: Viewer | undefined): QueryFilter<Album> {
  return isAdministrator(viewer, AccessScope.UPLOAD) ? {} : { state: AlbumState.PUBLISHED };
}

export function isVisibleTo(viewer: Viewer | undefined, { state }: Pick<Album, 'state'>): boolean {
  return state === AlbumState.PUBLISHED || isAdministrator(viewer, AccessScope.UPLOAD);
}
