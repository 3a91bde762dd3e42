import { Injectable } from '@nestjs/common';
import { ConflictError, NotFoundError } from '../../platform/errors/domain-error.js';
import { Config } from '../../platform/config/config.js';
import {
  AccountSuspendedError,
  RegistrationClosedError,
  RegistrationRefusedError,
  WrongCredentialsError,
} from './account-errors.js';
import { AccountRepository } from './account.repository.js';
import { Role, type AccountDocument } from './account.schema.js';
import { LoginRateLimiter } from './login-rate-limiter.service.js';
import { isDuplicateKey } from '../../platform/mongo/duplicate-key.js';
import { deviceOf } from '../sessions/device-token.js';
import { checkedEmail, normalisedEmail } from './email.js';
import { checkPassword } from './password-rules.js';
import { hashPassword, passwordMatches } from './passwords.js';
import { AccountStatusCache } from '../sessions/account-status-cache.service.js';

/**
 * One key for all sessions of an account, so that guesses of others do not stop its owner from changing the password.
 */
const SIGNED_IN = 'signed-in';

/** Operations of users on their own accounts. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly accountStatus: AccountStatusCache,
    private readonly attempts: LoginRateLimiter,
    private readonly config: Config,
  ) {}

  /** Throws WrongCredentialsError, AccountSuspendedError (only with the right password) or TooManyAttemptsError. */
  async authenticate(
    email: string,
    password: string,
    address: string,
    deviceToken: string | undefined,
  ): Promise<AccountDocument> {
    const normalised = normalisedEmail(email);
    const account = deviceToken ? await this.accounts.findByEmail(normalised) : null;
    const guesser = { email: normalised, address, device: deviceOf(deviceToken, account) };
    return this.attempts.guardPassword(guesser, () => this.verified(normalised, password));
  }

  /**
   * Creates an account with the role LISTENER. If the account exists and the password is right, it is returned, so that
   * a registration whose answer was lost can be repeated; otherwise it is refused after the same work. Throws
   * RegistrationClosedError, BadInputError, WeakPasswordError, RegistrationRefusedError, AccountSuspendedError or
   * TooManyAttemptsError.
   */
  async register(email: string, password: string, address: string): Promise<AccountDocument> {
    if (this.config.REGISTRATION === 'closed') throw new RegistrationClosedError();
    const checked = checkedEmail(email);
    checkPassword(password, checked);
    await this.attempts.countRegistration(address);
    return this.attempts.guardPassword({ email: checked, address, device: null }, async () => {
      if (await this.accounts.findByEmail(checked)) return this.registeredBefore(checked, password);
      const passwordHash = await hashPassword(password);
      try {
        return await this.accounts.create({ email: checked, role: Role.LISTENER, passwordHash });
      } catch (error) {
        if (isDuplicateKey(error)) return this.registeredBefore(checked, password);
        throw error;
      }
    });
  }

  /**
   * Ends every session of the account with the same write. Throws WrongCredentialsError, WeakPasswordError,
   * TooManyAttemptsError, or ConflictError when another request changed the password meanwhile.
   */
  async changePassword(id: string, current: string, next: string, address: string): Promise<AccountDocument> {
    const account = await this.get(id);
    checkPassword(next, account.email);
    const guesser = { email: account.email, address, device: SIGNED_IN };
    await this.attempts.guardPassword(guesser, async () => {
      if (!(await passwordMatches(current, account.passwordHash)))
        throw new WrongCredentialsError('The current password is wrong.');
    });
    const passwordHash = await hashPassword(next);
    const changed = await this.accounts.changePassword(account, passwordHash);
    if (!changed) throw new ConflictError('The password has just been changed elsewhere.');
    return changed;
  }

  /** Ends every session of the account. No process accepts one any more when this resolves. */
  async endSessions(id: string): Promise<void> {
    await this.accounts.endSessions(id);
    await this.accountStatus.invalidate(id);
  }

  find(id: string): Promise<AccountDocument | null> {
    return this.accounts.find(id);
  }

  /** Throws NotFoundError. */
  async get(id: string): Promise<AccountDocument> {
    const account = await this.find(id);
    if (!account) throw new NotFoundError('Account', id);
    return account;
  }

  private async verified(email: string, password: string): Promise<AccountDocument> {
    const account = await this.accounts.findByEmail(email);
    if (!(await passwordMatches(password, account?.passwordHash)) || !account)
      throw new WrongCredentialsError();
    if (account.suspendedAt) throw new AccountSuspendedError();
    return account;
  }

  private async registeredBefore(email: string, password: string): Promise<AccountDocument> {
    try {
      return await this.verified(email, password);
    } catch (error) {
      throw error instanceof WrongCredentialsError ? new RegistrationRefusedError() : error;
    }
  }
}
