import { ConflictError, DomainError } from '../platform/errors/domain-error.js';
import { MAX_COLLABORATORS, MAX_ENTRIES, MAX_PLAYLISTS } from './playlist.schema.js';

export class PlaylistFullError extends DomainError {
  readonly code = 'PLAYLIST_FULL';
  override readonly status = 409;
  constructor() {
    super(`A playlist holds at most ${MAX_ENTRIES} entries.`);
  }
}

export class TooManyPlaylistsError extends DomainError {
  readonly code = 'TOO_MANY_PLAYLISTS';
  override readonly status = 409;
  constructor() {
    super(`An account keeps at most ${MAX_PLAYLISTS} playlists.`);
  }
}

export class TooManyCollaboratorsError extends DomainError {
  readonly code = 'TOO_MANY_COLLABORATORS';
  override readonly status = 409;
  constructor() {
    super(`A playlist has at most ${MAX_COLLABORATORS} collaborators.`);
  }
}

/** Others take the keys of this position faster, or its keys have become too long. */
export class CrowdedPositionError extends ConflictError {
  constructor() {
    super('Too many people are editing this position. Try again in a minute.');
  }
}
