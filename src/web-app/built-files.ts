import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Request, Response } from 'express';
import sirv from 'sirv';

const HASHED = /^\/assets\//;
const YEAR_SECONDS = 31_536_000;

/** Files that a build has laid into a folder, compressed ahead of time. */
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

  /** Undefined when nothing is built there. */
  static in(folder: string): BuiltFiles | undefined {
    return existsSync(join(folder, 'index.html')) ? new BuiltFiles(folder) : undefined;
  }

  /** Sends the file at `url`, below the folder; `otherwise` when there is none. */
  send(request: Request, response: Response, url: string, otherwise: () => void): void {
    // Nest mounts its middleware, which leaves `url` relative to the mount; sirv reads it.
    const mounted = request.url;
    request.url = url;
    this.serve(request, response, () => {
      request.url = mounted;
      otherwise();
    });
  }
}

/** Names with a hash never change; the page itself is asked for anew each time, by its ETag. */
function cacheControl(path: string): string {
  return HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
}
