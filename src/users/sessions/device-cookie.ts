import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { PageCookie } from './web-app-cookie.js';

/** 400 days: browsers keep no cookie longer (RFC 6265bis 5.5). */
const HOURS = 400 * 24;

/** Says that our page has signed in from this browser before (device-token.ts). It stays when the session ends. */
@Injectable()
export class DeviceCookie extends PageCookie {
  protected readonly name = 'device';
  protected readonly hours = HOURS;

  constructor(config: Config) {
    super(config);
  }
}
