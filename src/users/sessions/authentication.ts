import { Injectable } from '@nestjs/common';
import { UnauthenticatedError } from '../../platform/errors/domain-error.js';
import { AccountSuspendedError } from '../accounts/account-errors.js';
import { AccessTokensService } from '../access-tokens/access-tokens.service.js';
import { isAccessToken } from './secret-token.js';
import { SessionsService } from './sessions.service.js';
import type { Bearer } from '../authorization/viewer.js';

const BEARER = /^Bearer ([\w-]{1,200})$/;

/** Who is asking, at whatever door. */
@Injectable()
export class Authentication {
  constructor(
    private readonly sessions: SessionsService,
    private readonly accessTokens: AccessTokensService,
  ) {}

  /** Whose token this is, a session's or an access token. Throws UnauthenticatedError or AccountSuspendedError. */
  viewer(token: string): Promise<Bearer> {
    return isAccessToken(token) ? this.accessTokens.viewer(token) : this.sessions.viewer(token);
  }

  /** The same for our own page's cookie; a session that has ended is nobody's. Throws UnavailableError and the like. */
  async viewerOfPage(token: string): Promise<Bearer | undefined> {
    try {
      return await this.sessions.viewer(token);
    } catch (error) {
      if (error instanceof UnauthenticatedError || error instanceof AccountSuspendedError) return undefined;
      throw error;
    }
  }

  /** The same for an `Authorization` header's value. Throws UnauthenticatedError for one of another form, too. */
  viewerOf(header: string): Promise<Bearer> {
    return this.viewer(BEARER.exec(header)?.[1] ?? '');
  }
}
