/** What the page may load and from where: itself, and media from wherever they are served. */
export interface PageOrigins {
  /** "localhost:4000", as the browser addressed us; undefined when that was nonsense. */
  host: string | undefined;
  /** Origins that media come from besides our own. */
  media: readonly string[];
}

/** What one page may have beyond the others: sources, by the directive that they are added to. */
export type PageGrants = Readonly<Partial<Record<'style-src' | 'font-src', readonly string[]>>>;

/**
 * Content-Security-Policy (CSP level 3) of the page. A script that got in could neither run nor reach another host nor
 * read the session. `data:` and `blob:` are for pictures not yet loaded or not yet uploaded, and for Media Source.
 */
export function pagePolicy({ host, media: origins }: PageOrigins, grants: PageGrants = {}): string {
  const media = origins.map(sourceOf);
  // Not every browser counts WebSockets to the same host as 'self'.
  const sockets = host ? [`ws://${host}`, `wss://${host}`] : [];
  return Object.entries({
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'", ...(grants['style-src'] ?? [])],
    'img-src': ["'self'", 'data:', 'blob:', ...media],
    'media-src': ["'self'", 'blob:', ...media],
    'connect-src': ["'self'", ...sockets, ...media],
    'font-src': ["'self'", ...(grants['font-src'] ?? [])],
    'manifest-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'require-trusted-types-for': ["'script'"],
  })
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ');
}

/** CSP level 3 (2.3.1, host-part) has no way to write an IPv6 address: there the scheme is all that can be said. */
function sourceOf(origin: string): string {
  return origin.includes('[') ? new URL(origin).protocol : origin;
}
