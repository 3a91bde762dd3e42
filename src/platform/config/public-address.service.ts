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
    const host = hostOf(request);
    return host === undefined ? '' : `${request.protocol}://${host}`;
  }
}

/** The host that a request was sent to, with its port; undefined if the Host header is malformed. */
export function hostOf({ headers }: Request): string | undefined {
  return HOST.test(headers.host ?? '') ? headers.host : undefined;
}
