import { DomainError } from '../common/domain-error.js';

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
