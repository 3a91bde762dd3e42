import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Config } from './config.js';

const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i;

/** Where the world reaches us; every URL of our own begins with it. */
@Injectable()
export class PublicAddress {
  constructor(private readonly config: Config) {}

  /** For clients of this request: PUBLIC_URL, or as they addressed us. No trailing slash; empty for a malformed Host. */
  of(request: Request): string {
    if (this.config.PUBLIC_URL) return this.config.PUBLIC_URL;
    const host = request.headers.host ?? '';
    return HOST.test(host) ? `${request.protocol}://${host}` : '';
  }
}
