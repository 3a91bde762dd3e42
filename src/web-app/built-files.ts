import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Request, Response } from 'express';
import sirv from 'sirv';

const HASHED = /^\/assets\//;
const YEAR_SECONDS = 31_536_000;

/** Serves the files of a build, which compressed them in advance. */
export class BuiltFiles {
  private readonly serve: ReturnType<typeof sirv>;

  private constructor(folder: string) {
    this.serve = sirv(folder, {
      gzip: true,
      brotli: true,
      etag: true,
      setHeaders: (response, path) => response.setHeader('Cache-Control', cacheControl(path)),
    });
  }

  /** Undefined if the folder contains no build. */
  static in(folder: string): BuiltFiles | undefined {
    return existsSync(join(folder, 'index.html')) ? new BuiltFiles(folder) : undefined;
  }

  /** Sends the file at `url`, a path below the folder; calls `otherwise` if it does not exist. */
  send(request: Request, response: Response, url: string, otherwise: () => void): void {
    // sirv reads `request.url`, which Nest makes relative to the path of the middleware.
    const mounted = request.url;
    request.url = url;
    this.serve(request, response, () => {
      request.url = mounted;
      otherwise();
    });
  }
}

/** Files with a hash in their name never change; the page itself is revalidated by its ETag. */
function cacheControl(path: string): string {
  return HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
}

/** Answers a request for a page whose build is missing. */
export function sendNotBuilt(response: Response, advice: string): void {
  response.status(503).setHeader('Cache-Control', 'no-store').type('text/plain').send(advice);
}
