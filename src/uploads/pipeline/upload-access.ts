import { ForbiddenError, UnauthenticatedError } from '../../platform/errors/domain-error.js';
import { AccessScope } from '../../users/access-tokens/access-scope.js';
import { isAdministrator, type Viewer } from '../../users/authorization/viewer.js';

/** Throws UnauthenticatedError or ForbiddenError unless the viewer may send files at all, by any transport. */
export function assertMayUpload(viewer: Viewer | undefined): asserts viewer {
  if (!viewer) throw new UnauthenticatedError();
  if (!isAdministrator(viewer, AccessScope.UPLOAD)) throw new ForbiddenError();
}
