/** Origins from which the page may load. */
export interface PageOrigins {
  /** Host header of the request, for example "localhost:4000"; undefined if it is malformed. */
  host: string | undefined;
  /** Origins of media, in addition to our own. */
  media: readonly string[];
}

/** Additional sources for one page, by directive. */
export type PageGrants = Readonly<Partial<Record<'style-src' | 'font-src', readonly string[]>>>;

/**
 * Content-Security-Policy (CSP level 3) of a page. An injected script can neither run, nor reach another host, nor read the session.
 * `data:` and `blob:` are needed for placeholders, for previews of uploads, and for Media Source.
 */
export function pagePolicy({ host, media: origins }: PageOrigins, grants: PageGrants = {}): string {
  const media = origins.map(sourceOf);
  // Not every browser includes WebSockets to the same host in 'self'.
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

/** CSP level 3 (2.3.1, host-part) cannot express an IPv6 address, so the whole scheme is allowed instead. */
function sourceOf(origin: string): string {
  return origin.includes('[') ? new URL(origin).protocol : origin;
}
