/**
 * A failure the caller can act on. `code` is API contract (a client may branch on it); `message` is one sentence
 * for a person and names no storage keys, paths or hosts; `details` are facts a client can use.
 */
export abstract class DomainError extends Error {
  abstract readonly code: string;
  /** HTTP status in the REST API. */
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

/** The request has no valid session or token. */
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

/** An argument has the right type but an invalid value. */
export class BadInputError extends DomainError {
  readonly code = 'BAD_INPUT';
}

/** The current state of the resource does not allow the operation. */
export class ConflictError extends DomainError {
  readonly code = 'CONFLICT';
  override readonly status = 409;
}

/** A backing service (database, Redis, storage) does not answer; the client may try again later. */
export class UnavailableError extends DomainError {
  readonly code: string = 'UNAVAILABLE';
  override readonly status: number = 503;
}
