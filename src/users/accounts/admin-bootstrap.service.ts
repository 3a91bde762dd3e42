import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { every, retry } from '../../platform/async/retry.js';
import { withTimeout } from '../../platform/async/with-timeout.js';
import { Config } from '../../platform/config/config.js';
import { AccountRepository } from './account.repository.js';
import { Role } from './account.schema.js';
import { isDuplicateKey } from '../../platform/mongo/duplicate-key.js';
import { normalisedEmail } from './email.js';
import { hashPassword } from './passwords.js';

const RETRY_MS = 5_000;
/** How long the start waits for the database, milliseconds. */
const STARTUP_WAIT_MS = 5_000;

/** Creates the first administrator of an empty installation. */
@Injectable()
export class AdminBootstrap implements OnApplicationBootstrap {
  private readonly logger = new Logger(AdminBootstrap.name);

  constructor(
    private readonly accounts: AccountRepository,
    private readonly config: Config,
  ) {}

  /** The server starts even if the database is unavailable; the administrator is created as soon as it is back. */
  async onApplicationBootstrap(): Promise<void> {
    const attempted = this.ensureAdministrator().catch((error: Error) => this.keepTrying(error));
    await withTimeout(STARTUP_WAIT_MS, attempted, () => undefined);
  }

  private keepTrying(first: Error): void {
    const onFailure = ({ message }: Error): void =>
      this.logger.warn(`cannot look for an administrator yet: ${message}`);
    onFailure(first);
    const policy = { ...every(RETRY_MS), hasFailed: true, isBackground: true, onFailure };
    void retry(() => this.ensureAdministrator(), policy);
  }

  private async ensureAdministrator(): Promise<void> {
    // Without the unique index two processes could both create the administrator.
    await this.accounts.ready();
    if (!(await this.accounts.hasAdministrator())) await this.create();
  }

  private async create(): Promise<void> {
    const email = normalisedEmail(this.config.ADMIN_EMAIL ?? 'admin@localhost');
    const password = this.config.ADMIN_PASSWORD ?? randomBytes(15).toString('base64url');
    try {
      const passwordHash = await hashPassword(password);
      await this.accounts.create({ email, role: Role.ADMIN, passwordHash });
    } catch (error) {
      if (isDuplicateKey(error)) return; // another process was first
      throw error;
    }
    if (this.config.ADMIN_PASSWORD) this.logger.log(`administrator ${email} created`);
    else await this.announce(email, password);
  }

  private async announce(email: string, password: string): Promise<void> {
    const path = this.config.dataPath('admin-credentials.txt');
    // The account exists already: if the folder cannot be written, the password must be shown all the same.
    const kept = await mkdir(this.config.DATA_DIR, { recursive: true })
      .then(() => writeFile(path, `email=${email}\npassword=${password}\n`, { mode: 0o600 }))
      .then(() => path)
      .catch((error: Error) => `nothing, note it down now: ${error.message}`);
    // Written to the terminal, not to the log, because log collectors should not store a password.
    process.stdout.write(
      `\n  Administrator  ${email}\n  Password       ${password}\n  Kept in        ${kept}\n\n`,
    );
  }
}
