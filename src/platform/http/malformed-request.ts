import type { NextFunction, Request, Response } from 'express';
import { BadInputError } from '../errors/domain-error.js';

/** A host with an optional port, in brackets when it is IPv6; RFC 9112 3.2 requires 400 for anything else. */
const HOST = /^(?:\[[\da-f:.]+\]|[^\s/?#@\\<>"[\]]*)(?::\d{0,5})?$/i;

/** Refuses requests whose target or host is malformed, before any other middleware uses them. */
export function refuseMalformed(request: Request, _response: Response, next: NextFunction): void {
  const problem = hostProblem(request) ?? targetProblem(request.originalUrl);
  next(problem ? new BadInputError(problem) : undefined);
}

/** With two Host headers, one proxy could see another site than the next (RFC 9112 3.2). */
function hostProblem({ rawHeaders, httpVersion }: Request): string | undefined {
  const hosts = rawHeaders.filter(
    (_text, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === 'host',
  );
  if (hosts.length > 1) return 'Send one Host header, not several.';
  if (hosts.length === 0 && httpVersion === '1.1') return 'Send the Host header that HTTP/1.1 asks for.';
  return HOST.test(hosts[0] ?? '') ? undefined : 'The Host header names no host.';
}

function targetProblem(target: string): string | undefined {
  // The media endpoint checks its paths itself and answers invalid ones with a cacheable 404.
  if (target.startsWith('/media/')) return undefined;
  const [path = ''] = target.split('?');
  try {
    if (!decodeURIComponent(path).includes('\0')) return undefined;
  } catch {
    // The path is not valid percent-encoded UTF-8: return the problem below.
  }
  return 'The address is not UTF-8 text in percent-encoding.';
}
