import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Config } from '../config/config.js';

const HOUR_MS = 3_600_000;
/** Over https the browser itself sees to it that no other host and no plain connection has set it (RFC 6265bis 4.1.3.2). */
const SECURE_NAME = '__Host-session';
const PLAIN_NAME = 'session';
const VALUE = String.raw`([\w-]{1,200})`;

/** What a cookie is read from: a request, or the request that opens a socket. */
export type CookieRequest = Pick<Request, 'headers' | 'secure' | 'method'>;

/**
 * The session of the page we serve ourselves, out of reach of scripts. A browser sends cookies along whoever made it
 * ask, so this one counts only for what our own page has asked; anybody else is a stranger, whatever they bring.
 */
@Injectable()
export class SessionCookie {
  constructor(private readonly config: Config) {}

  /** The session's token; undefined when there is none, and when it was not our page that asked. */
  read(request: CookieRequest): string | undefined {
    const { cookie } = request.headers;
    if (!cookie || !this.isFromOurPage(request)) return undefined;
    const name = request.secure ? SECURE_NAME : PLAIN_NAME;
    return new RegExp(`(?:^|;\\s*)${name}=${VALUE}(?:;|$)`).exec(cookie)?.[1];
  }

  /** Gives the cookie, or gives it anew: it lives as long as a session that is not used. */
  give(request: Request, response: Response, token: string): void {
    response.cookie(request.secure ? SECURE_NAME : PLAIN_NAME, token, {
      ...attributes(request),
      maxAge: this.config.SESSION_HOURS * HOUR_MS,
    });
  }

  take(request: Request, response: Response): void {
    response.clearCookie(request.secure ? SECURE_NAME : PLAIN_NAME, attributes(request));
  }

  /**
   * Browsers say where a request comes from in headers no script can write: Sec-Fetch-Site on https and localhost,
   * Origin with every POST and every WebSocket. A request with neither is no page's.
   */
  isFromOurPage({ headers, method }: CookieRequest): boolean {
    const site = headers['sec-fetch-site'];
    if (site === 'same-origin') return true;
    // "none": a person typed the address or followed a bookmark; that only reads.
    if (site !== undefined)
      return site === 'none' && method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
    return this.isOurOrigin(headers);
  }

  private isOurOrigin({ origin, host }: IncomingHttpHeaders): boolean {
    if (!origin || !URL.canParse(origin)) return false;
    const asked = new URL(origin);
    const own = this.config.PUBLIC_URL && new URL(this.config.PUBLIC_URL).origin;
    return asked.host === host?.toLowerCase() || asked.origin === own;
  }
}

function attributes({ secure }: Request) {
  return { httpOnly: true, sameSite: 'strict', secure, path: '/' } as const;
}
