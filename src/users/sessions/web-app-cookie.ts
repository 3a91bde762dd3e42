import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import type { Config } from '../../platform/config/config.js';

const HOUR_MS = 3_600_000;
/**
 * Over https the browser guarantees that no other host and no http connection has set the cookie (RFC 6265bis 4.1.3.2).
 */
const SECURE_PREFIX = '__Host-';
const VALUE = String.raw`([\w.-]{1,200})`;

/** The request with the cookie, which may be the one that opens a socket. */
export type CookieRequest = Pick<Request, 'headers' | 'secure' | 'method'>;

/**
 * A cookie of the web app that this server serves, not readable by scripts. Browsers also send cookies with requests
 * that other websites cause, so the cookie counts only for requests of our own web app; all others are anonymous.
 */
export abstract class WebAppCookie {
  protected abstract readonly name: string;
  protected abstract readonly hours: number;

  constructor(protected readonly config: Config) {}

  /** The value; undefined when there is none or the request does not come from our web app. */
  read(request: CookieRequest): string | undefined {
    const { cookie } = request.headers;
    if (!cookie || !this.isFromWebApp(request)) return undefined;
    return new RegExp(`(?:^|;\\s*)${this.nameFor(request)}=${VALUE}(?:;|$)`).exec(cookie)?.[1];
  }

  /** Sets the cookie, or renews it with its full lifetime. */
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
   * Browsers send the origin of a request in headers that scripts cannot set: Sec-Fetch-Site on https and localhost,
   * Origin with every POST and every WebSocket. A request with neither does not come from a web page.
   */
  isFromWebApp({ headers, method }: CookieRequest): boolean {
    const site = headers['sec-fetch-site'];
    if (site === 'same-origin') return true;
    // "none": the user typed the address or followed a bookmark, which only reads.
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

  /** Behind a proxy that is not trusted (TRUST_PROXY), the scheme of PUBLIC_URL decides for requests to its host. */
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
