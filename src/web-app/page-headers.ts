import type { Request, Response } from 'express';
import { pagePolicy, type PageGrants } from './page-policy.js';

const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i;

/** Sets the security headers of a web page, including its Content-Security-Policy. */
export function protectPage(
  { headers }: Request,
  response: Response,
  media: readonly string[],
  grants?: PageGrants,
): void {
  const host = HOST.test(headers.host ?? '') ? headers.host : undefined;
  response.setHeader('Content-Security-Policy', pagePolicy({ host, media }, grants));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Permissions-Policy', 'camera=(), geolocation=(), microphone=()');
}
