import { DomainError } from '../platform/errors/domain-error.js';

export class RangeNotSatisfiableError extends DomainError {
  readonly code = 'RANGE_NOT_SATISFIABLE';
  override readonly status = 416;
  constructor(bytes: number) {
    super(`The file has ${bytes} bytes, and none in the range asked for.`);
  }
}

export class PreconditionFailedError extends DomainError {
  readonly code = 'PRECONDITION_FAILED';
  override readonly status = 412;
  constructor() {
    super('The file is not the version asked for.');
  }
}

/** RFC 9110, 15.5.6. The Worker and the nginx edge of deploy/ answer the same. */
export class MediaReadOnlyError extends DomainError {
  readonly code = 'BAD_INPUT';
  override readonly status = 405;
  constructor() {
    super('Media is only read: GET, HEAD or OPTIONS.');
  }
}

/** Why a protected song is refused. A player then queries `hlsSources` again and continues with the new URLs. */
export class TicketError extends DomainError {
  override readonly status = 403;
  constructor(readonly code: 'TICKET_MISSING' | 'TICKET_INVALID' | 'TICKET_EXPIRED') {
    super(MESSAGES[code]);
  }
}

const MESSAGES = {
  TICKET_MISSING: 'This song plays only from the addresses that hlsSources answers.',
  TICKET_INVALID: 'This address was not made for this song: ask hlsSources for its addresses.',
  TICKET_EXPIRED: 'This address has expired: ask hlsSources for a new one.',
} as const;
