import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { withTimeout } from '../../platform/async/with-timeout.js';
import { Config } from '../../platform/config/config.js';
import { Account, Role } from './account.js';
import { isDuplicateKey } from '../../platform/mongo/duplicate-key.js';
import { createOnce } from '../../platform/mongo/unanswered-write.js';
import { normalisedEmail } from './email.js';
import { hashPassword } from './passwords.js';

const RETRY_MS = 5_000;
/** A house that opens finds its database within this time, or opens without, milliseconds. */
const PATIENCE_MS = 5_000;

/** Sees to it that an empty installation has somebody who can sign in. */
@Injectable()
export class AdminBootstrap implements OnApplicationBootstrap {
  private readonly logger = new Logger(AdminBootstrap.name);

  constructor(
    @InjectModel(Account.name) private readonly accounts: Model<Account>,
    private readonly config: Config,
  ) {}

  /** A database that is away at start must not keep the house from opening: the first administrator waits for it. */
  async onApplicationBootstrap(): Promise<void> {
    await withTimeout(PATIENCE_MS, this.seeToAdministrator()).catch(() => undefined);
  }

  private async seeToAdministrator(): Promise<void> {
    try {
      // The unique index must stand first. Waits for the first connection, however long that takes.
      await this.accounts.init();
      if (!(await this.accounts.exists({ role: Role.ADMIN }))) await this.create();
    } catch (error) {
      this.logger.warn(`cannot look for an administrator yet: ${(error as Error).message}`);
      setTimeout(() => void this.seeToAdministrator(), RETRY_MS).unref();
    }
  }

  private async create(): Promise<void> {
    const email = normalisedEmail(this.config.ADMIN_EMAIL ?? 'admin@localhost');
    const password = this.config.ADMIN_PASSWORD ?? randomBytes(15).toString('base64url');
    try {
      const passwordHash = await hashPassword(password);
      await createOnce(this.accounts, { email, role: Role.ADMIN, passwordHash });
    } catch (error) {
      if (isDuplicateKey(error)) return; // another process was first
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
