import { Injectable } from '@nestjs/common';
import { UnauthenticatedError } from '../../platform/errors/domain-error.js';
import { AccountSuspendedError } from '../accounts/account-errors.js';
import { AccessTokensService } from '../access-tokens/access-tokens.service.js';
import { isAccessToken } from './secret-token.js';
import { SessionsService } from './sessions.service.js';
import type { Bearer } from '../authorization/viewer.js';

const BEARER = /^Bearer ([\w-]{1,200})$/;

/** Finds the viewer of a token, for HTTP requests and sockets. */
@Injectable()
export class Authentication {
  constructor(
    private readonly sessions: SessionsService,
    private readonly accessTokens: AccessTokensService,
  ) {}

  /** The viewer of a session token or an access token. Throws UnauthenticatedError or AccountSuspendedError. */
  viewer(token: string): Promise<Bearer> {
    return isAccessToken(token) ? this.accessTokens.viewer(token) : this.sessions.viewer(token);
  }

  /**
   * The same for the cookie of our web app; undefined when the session has ended. Throws UnavailableError and the like.
   */
  async viewerOfCookie(token: string): Promise<Bearer | undefined> {
    try {
      return await this.sessions.viewer(token);
    } catch (error) {
      if (error instanceof UnauthenticatedError || error instanceof AccountSuspendedError) return undefined;
      throw error;
    }
  }

  /** The same for the value of an `Authorization` header. Throws UnauthenticatedError also for another scheme. */
  viewerOf(header: string): Promise<Bearer> {
    return this.viewer(BEARER.exec(header)?.[1] ?? '');
  }
}
