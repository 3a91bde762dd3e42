import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A compiled module of the server, by its path below dist/. */
export const compiled = (path) => import(pathToFileURL(resolve(process.env.DIST_DIR ?? 'dist', path)).href);
