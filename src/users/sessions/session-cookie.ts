import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { PageCookie } from './web-app-cookie.js';

/** The session of our page. The cookie lives as long as a session that is not used. */
@Injectable()
export class SessionCookie extends PageCookie {
  protected readonly name = 'session';
  protected readonly hours: number;

  constructor(config: Config) {
    super(config);
    this.hours = config.SESSION_HOURS;
  }
}
