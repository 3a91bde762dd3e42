/**
 * A failure the caller can act on. `code` is API contract (a client may branch on it); `message` is one sentence
 * for a person and names no storage keys, paths or hosts; `details` are facts a client can use.
 */
export abstract class DomainError extends Error {
  abstract readonly code: string;
  /** HTTP status at the REST door. */
  readonly status: number = 400;
  readonly details: Readonly<Record<string, unknown>> = {};
}

export class NotFoundError extends DomainError {
  readonly code = 'NOT_FOUND';
  override readonly status = 404;
  constructor(what: string, id?: string) {
    super(id ? `${what} ${id} does not exist.` : `${what} does not exist.`);
  }
}

/** Nobody is signed in, or the session has ended. */
export class UnauthenticatedError extends DomainError {
  readonly code = 'UNAUTHENTICATED';
  override readonly status = 401;
  constructor(message = 'Sign in first: send a valid token as "Authorization: Bearer <token>".') {
    super(message);
  }
}

export class ForbiddenError extends DomainError {
  readonly code = 'FORBIDDEN';
  override readonly status = 403;
  constructor(message = 'Your account may not do this.') {
    super(message);
  }
}

/** An argument is of the right type but makes no sense. */
export class BadInputError extends DomainError {
  readonly code = 'BAD_INPUT';
}

/** The thing is in a state in which this cannot be done now. */
export class ConflictError extends DomainError {
  readonly code = 'CONFLICT';
  override readonly status = 409;
}

/** A supplier (database, Redis, storage) does not answer; trying again later is right. */
export class UnavailableError extends DomainError {
  readonly code: string = 'UNAVAILABLE';
  override readonly status: number = 503;
}
