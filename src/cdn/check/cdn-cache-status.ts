/** Whoever stands before the store, as far as the answer shows. */
export type CdnName =
  'Cloudflare' | 'CloudFront' | 'Cloudinary' | 'Fastly' | 'Bunny' | 'Akamai' | 'nginx' | 'unknown';

/** Names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** By what only they say. Cloudinary before the CDNs it delivers by. */
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

/** Where caches say whether the answer was theirs, the standard first (RFC 9211), each with the words they use. */
const SAYINGS = [
  'cache-status',
  'cf-cache-status',
  'x-cache-status',
  'cdn-cache',
  'x-proxy-cache',
  'x-cache',
] as const;

/** Words for an answer out of the cache, be it a stale one that is being renewed. */
const HIT = /\bhit\b|tcp_(mem_|refresh_)?hit|revalidated|updating|\bstale\b/i;

export interface CacheStatus {
  /** null: nothing in the answer tells. */
  hit: boolean | null;
  /** What told, as it was sent; '' when nothing did. */
  said: string;
}

/** Whether a cache gave this answer. Of several caches in a row the last hit counts: "MISS, HIT" is one. */
export function cacheStatusOf(headers: AnswerHeaders): CacheStatus {
  for (const name of SAYINGS) {
    const value = headers[name];
    if (value) return { hit: HIT.test(value), said: `${name}: ${value}` };
  }
  const timing = /cdn-cache;\s*desc=("?)(\w+)\1/i.exec(headers['server-timing'] ?? '');
  if (timing) return { hit: HIT.test(timing[2]!), said: `server-timing: ${timing[0]}` };
  const age = headers['age'];
  if (age !== undefined && Number(age) > 0) return { hit: true, said: `age: ${age}` };
  return { hit: null, said: '' };
}
