import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Config } from './config.js';

const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i;

/** The public URL of this server, the beginning of every URL it makes. */
@Injectable()
export class PublicAddress {
  constructor(private readonly config: Config) {}

  /** PUBLIC_URL, or the address the request was sent to. No trailing slash; empty for a malformed Host. */
  of(request: Request): string {
    if (this.config.PUBLIC_URL) return this.config.PUBLIC_URL;
    const host = request.headers.host ?? '';
    return HOST.test(host) ? `${request.protocol}://${host}` : '';
  }
}
