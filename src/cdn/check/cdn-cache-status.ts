/** The CDN or proxy in front of the store, as far as the response shows. */
export type CdnName =
  'Cloudflare' | 'CloudFront' | 'Cloudinary' | 'Fastly' | 'Bunny' | 'Akamai' | 'nginx' | 'unknown';

/** Header names are in lower case. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** Headers that only one CDN sends. Cloudinary comes before the CDNs that it delivers through. */
const MARKS: readonly [CdnName, (headers: AnswerHeaders) => boolean][] = [
  ['Cloudinary', ({ server = '' }) => /^cloudinary/i.test(server)],
  ['Cloudflare', (headers) => 'cf-ray' in headers || 'cf-cache-status' in headers],
  ['CloudFront', (headers) => 'x-amz-cf-id' in headers],
  ['Bunny', (headers) => 'cdn-pullzone' in headers || /^bunnycdn/i.test(headers['server'] ?? '')],
  ['Akamai', (headers) => /^akamai/i.test(headers['server'] ?? '') || 'x-akamai-request-id' in headers],
  ['Fastly', (headers) => /cache-/.test(headers['x-served-by'] ?? '')],
  ['nginx', ({ server = '' }) => /^(nginx|openresty)/i.test(server)],
];

export function cdnOf(headers: AnswerHeaders): CdnName {
  return MARKS.find(([, isIt]) => isIt(headers))?.[0] ?? 'unknown';
}

/** Headers in which caches report hits and misses; the standard one (RFC 9211) comes first. */
const STATUS_HEADERS = [
  'cache-status',
  'cf-cache-status',
  'x-cache-status',
  'cdn-cache',
  'x-proxy-cache',
  'x-cache',
] as const;

/** Values that mean the response came from the cache, including a stale one that is being renewed. */
const HIT = /\bhit\b|tcp_(mem_|refresh_)?hit|revalidated|updating|\bstale\b/i;

export interface CacheStatus {
  /** Null if no header of the response shows it. */
  hit: boolean | null;
  /** The header that shows it, as it was sent; '' if there is none. */
  said: string;
}

/** Says whether a cache sent this response. With several caches in a row any hit counts: "MISS, HIT" is a hit. */
export function cacheStatusOf(headers: AnswerHeaders): CacheStatus {
  for (const name of STATUS_HEADERS) {
    const value = headers[name];
    if (value) return { hit: HIT.test(value), said: `${name}: ${value}` };
  }
  const timing = /cdn-cache;\s*desc=("?)(\w+)\1/i.exec(headers['server-timing'] ?? '');
  if (timing) return { hit: HIT.test(timing[2]!), said: `server-timing: ${timing[0]}` };
  const age = headers['age'];
  if (age !== undefined && Number(age) > 0) return { hit: true, said: `age: ${age}` };
  return { hit: null, said: '' };
}
