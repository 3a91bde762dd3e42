import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { WebAppCookie } from './web-app-cookie.js';

/** The session of our web app. The cookie lives as long as an unused session. */
@Injectable()
export class SessionCookie extends WebAppCookie {
  protected readonly name = 'session';
  protected readonly hours: number;

  constructor(config: Config) {
    super(config);
    this.hours = config.SESSION_HOURS;
  }
}
