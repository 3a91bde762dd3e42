import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DomainError } from '../common/domain-error.js';
import { within } from '../common/within.js';
import { Config } from '../config/config.js';
import { Account, Role, type AccountDocument } from './account.js';
import { hashPassword, passwordMatches } from './passwords.js';

/** Says nothing of which half was wrong. */
export class WrongCredentialsError extends DomainError {
  readonly code = 'WRONG_CREDENTIALS';
  override readonly status = 401;
  constructor() {
    super('E-mail or password is wrong.');
  }
}

const DUPLICATE_KEY = 11_000;
const RETRY_MS = 5_000;
/** A house that opens finds its database within this time, or opens without, milliseconds. */
const PATIENCE_MS = 5_000;

@Injectable()
export class AccountsService implements OnApplicationBootstrap {
  private readonly logger = new Logger(AccountsService.name);

  constructor(
    @InjectModel(Account.name) private readonly accounts: Model<Account>,
    private readonly config: Config,
  ) {}

  /** A database that is away at start must not keep the house from opening: the first administrator waits for it. */
  async onApplicationBootstrap(): Promise<void> {
    await within(PATIENCE_MS, this.seeToAdministrator()).catch(() => undefined);
  }

  /** Throws WrongCredentialsError. */
  async authenticate(email: string, password: string): Promise<AccountDocument> {
    const account = await this.accounts.findOne({ email: email.trim().toLowerCase() });
    if (!(await passwordMatches(password, account?.passwordHash)) || !account)
      throw new WrongCredentialsError();
    return account;
  }

  find(id: string): Promise<AccountDocument | null> {
    return this.accounts.findById(id).exec();
  }

  private async seeToAdministrator(): Promise<void> {
    try {
      // The unique index must stand first. Waits for the first connection, however long that takes.
      await this.accounts.init();
      if (!(await this.accounts.exists({ role: Role.ADMIN }))) await this.createFirstAdmin();
    } catch (error) {
      this.logger.warn(`cannot look for an administrator yet: ${(error as Error).message}`);
      setTimeout(() => void this.seeToAdministrator(), RETRY_MS).unref();
    }
  }

  private async createFirstAdmin(): Promise<void> {
    const email = (this.config.ADMIN_EMAIL ?? 'admin@localhost').toLowerCase();
    const password = this.config.ADMIN_PASSWORD ?? randomBytes(15).toString('base64url');
    try {
      await this.accounts.create({ email, role: Role.ADMIN, passwordHash: await hashPassword(password) });
    } catch (error) {
      if ((error as { code?: unknown }).code === DUPLICATE_KEY) return; // another process was first
      throw error;
    }
    if (this.config.ADMIN_PASSWORD) this.logger.log(`administrator ${email} created`);
    else await this.announce(email, password);
  }

  private async announce(email: string, password: string): Promise<void> {
    const path = this.config.dataPath('admin-credentials.txt');
    // The account stands already: a folder that cannot be written must not keep its password from being told.
    const kept = await mkdir(this.config.DATA_DIR, { recursive: true })
      .then(() => writeFile(path, `email=${email}\npassword=${password}\n`, { mode: 0o600 }))
      .then(() => path)
      .catch((error: Error) => `nothing, note it down now: ${error.message}`);
    // Straight to the terminal and only once: log collectors should not keep a password.
    process.stdout.write(
      `\n  Administrator  ${email}\n  Password       ${password}\n  Kept in        ${kept}\n\n`,
    );
  }
}
