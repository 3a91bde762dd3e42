import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { WebAppCookie } from './web-app-cookie.js';

/** 400 days: browsers keep no cookie longer (RFC 6265bis 5.5). */
const HOURS = 400 * 24;

/** Proves that this browser has signed in before (device-token.ts). It stays when the session ends. */
@Injectable()
export class DeviceCookie extends WebAppCookie {
  protected readonly name = 'device';
  protected readonly hours = HOURS;

  constructor(config: Config) {
    super(config);
  }
}
