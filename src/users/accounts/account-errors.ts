import { DomainError } from '../../platform/errors/domain-error.js';

/** Does not say whether the address or the password was wrong. */
export class WrongCredentialsError extends DomainError {
  readonly code = 'WRONG_CREDENTIALS';
  override readonly status = 401;
  constructor(message = 'E-mail or password is wrong.') {
    super(message);
  }
}

export class AccountSuspendedError extends DomainError {
  readonly code = 'ACCOUNT_SUSPENDED';
  override readonly status = 403;
  constructor() {
    super('This account is suspended. Ask an administrator.');
  }
}

export class RegistrationClosedError extends DomainError {
  readonly code = 'REGISTRATION_CLOSED';
  override readonly status = 403;
  constructor() {
    super('Nobody can register here at present.');
  }
}

/** Does not say that the address has an account, although without e-mail a persistent visitor can find out. */
export class RegistrationRefusedError extends DomainError {
  readonly code = 'REGISTRATION_REFUSED';
  override readonly status = 403;
  constructor() {
    super('This cannot be registered. If you have registered before, sign in.');
  }
}

export class WeakPasswordError extends DomainError {
  readonly code = 'WEAK_PASSWORD';
}

export class TooManyAttemptsError extends DomainError {
  readonly code = 'TOO_MANY_ATTEMPTS';
  override readonly status = 429;
  override readonly details: { retryAfterSeconds: number };
  constructor(retryAfterSeconds: number) {
    super(`Too many attempts. Try again in ${retryAfterSeconds} s.`);
    this.details = { retryAfterSeconds };
  }
}

export class LastAdminError extends DomainError {
  readonly code = 'LAST_ADMIN';
  override readonly status = 409;
  constructor() {
    super('This is the last administrator; make somebody else one first.');
  }
}
