import type { Request, Response } from 'express';
import { hostOf } from '../platform/config/public-address.service.js';
import { pagePolicy, type PageGrants } from './page-policy.js';

/** Sets the security headers of a web page, including its Content-Security-Policy. */
export function protectPage(
  request: Request,
  response: Response,
  media: readonly string[],
  grants?: PageGrants,
): void {
  response.setHeader('Content-Security-Policy', pagePolicy({ host: hostOf(request), media }, grants));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Permissions-Policy', 'camera=(), geolocation=(), microphone=()');
}

/** For an answer that is no page after all, because the file does not exist. */
export function unprotectPage(response: Response): void {
  response.removeHeader('Content-Security-Policy');
  response.setHeader('Cache-Control', 'no-store');
}
