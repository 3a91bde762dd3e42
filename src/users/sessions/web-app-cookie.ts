import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import type { Config } from '../../platform/config/config.js';

const HOUR_MS = 3_600_000;
/** Over https the browser itself sees to it that no other host and no plain connection has set it (RFC 6265bis 4.1.3.2). */
const SECURE_PREFIX = '__Host-';
const VALUE = String.raw`([\w.-]{1,200})`;

/** What a cookie is read from: a request, or the request that opens a socket. */
export type CookieRequest = Pick<Request, 'headers' | 'secure' | 'method'>;

/**
 * A cookie of the page this server serves itself, out of reach of scripts. A browser sends cookies along whoever made it
 * ask, so this one counts only for what our own page has asked; anybody else is a stranger, whatever they bring.
 */
export abstract class PageCookie {
  protected abstract readonly name: string;
  protected abstract readonly hours: number;

  constructor(protected readonly config: Config) {}

  /** Its value; undefined when there is none, and when it was not our page that asked. */
  read(request: CookieRequest): string | undefined {
    const { cookie } = request.headers;
    if (!cookie || !this.isFromOurPage(request)) return undefined;
    return new RegExp(`(?:^|;\\s*)${this.nameFor(request)}=${VALUE}(?:;|$)`).exec(cookie)?.[1];
  }

  /** Gives the cookie, or gives it anew with its whole life before it. */
  give(request: Request, response: Response, token: string): void {
    response.cookie(this.nameFor(request), token, {
      ...this.attributes(request),
      maxAge: this.hours * HOUR_MS,
    });
  }

  take(request: Request, response: Response): void {
    response.clearCookie(this.nameFor(request), this.attributes(request));
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

  private nameFor(request: CookieRequest): string {
    return this.isByHttps(request) ? `${SECURE_PREFIX}${this.name}` : this.name;
  }

  private attributes(request: CookieRequest) {
    return { httpOnly: true, sameSite: 'strict', secure: this.isByHttps(request), path: '/' } as const;
  }

  /** A proxy that we are not told to believe (TRUST_PROXY) cannot say so; the operator has, for the host of PUBLIC_URL. */
  private isByHttps({ secure, headers }: CookieRequest): boolean {
    if (secure || !this.config.PUBLIC_URL) return secure;
    const { protocol, host } = new URL(this.config.PUBLIC_URL);
    return protocol === 'https:' && headers.host?.toLowerCase() === host;
  }

  private isOurOrigin({ origin, host }: IncomingHttpHeaders): boolean {
    if (!origin || !URL.canParse(origin)) return false;
    const asked = new URL(origin);
    const own = this.config.PUBLIC_URL && new URL(this.config.PUBLIC_URL).origin;
    return asked.host === host?.toLowerCase() || asked.origin === own;
  }
}
