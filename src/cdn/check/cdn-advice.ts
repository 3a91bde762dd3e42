import type { CdnName } from './cdn-cache-status.js';
import type { CdnAspect, CdnObjectKind } from './cdn-facts.js';

export interface Circumstances {
  kind: CdnObjectKind;
  edge: CdnName;
  /** Extension of the file name, with the dot. */
  extension: string;
  /** Whether the URL has a ticket. */
  ticketed: boolean;
  status: number | null;
}

type Advice = (circumstances: Circumstances) => string;

const AT_THE_STORE =
  'Objects carry it from when they were stored: put them there with npm run storage:migrate, not by hand.';

/** One sentence of advice per aspect that can fail. The texts contain no host and no key. */
const ADVICE: Record<Exclude<CdnAspect, 'policy'>, Advice> = {
  status: ({ kind, status, edge }) => {
    if (status === null) return 'See that the host of CDN_BASE_URL resolves, has a certificate and answers.';
    if (kind === 'unticketed')
      return 'Let the edge check tickets: the Worker or nginx configuration in deploy/.';
    if (kind === 'missing')
      return 'Let the store answer 404 for what does not exist: a bucket that may be listed says 404 instead of 403, and no error page must become a 200.';
    if (status === 403 || status === 401)
      return edge === 'Cloudflare'
        ? 'Give the bucket its custom domain (R2, Settings, Custom Domains), and see that no firewall rule stands before it.'
        : 'Make the bucket readable for the CDN.';
    if (status === 404)
      return 'CDN_BASE_URL must be what comes before the key: the bucket’s own domain, or the media endpoint behind the CDN with /media.';
    if (status >= 300 && status < 400) return 'Set CDN_BASE_URL to where the redirect leads.';
    return 'See that what stands behind the CDN answers it.';
  },
  type: () => `Let the edge pass Content-Type as the store says it. ${AT_THE_STORE}`,
  cors: ({ edge }) =>
    edge === 'Cloudflare'
      ? 'The response header rule is missing: run npm run cdn:apply.'
      : 'Let the edge say Access-Control-Allow-Origin: * on every answer, whatever the request said.',
  cacheable: ({ edge }) =>
    edge === 'Cloudflare'
      ? 'Browser TTL must respect the origin: run npm run cdn:apply.'
      : `Let the edge pass Cache-Control as the store says it. ${AT_THE_STORE}`,
  hit: ({ edge, kind, extension, ticketed }) => {
    if (kind === 'missing')
      return edge === 'Cloudflare'
        ? 'The Cache Rule must not keep errors: run npm run cdn:apply.'
        : 'Let the edge keep 200 and 206 only, and errors not at all.';
    if (edge === 'Cloudflare' && ticketed)
      return 'Cloudflare keeps nothing that has a ticket, because it does not check them: deploy the Worker (deploy/cloudflare/worker) at this name.';
    if (edge === 'Cloudflare') return `Cache Rule missing for ${extension}: run npm run cdn:apply.`;
    if (edge === 'nginx')
      return 'Turn on proxy_cache for media and say so by add_header X-Cache-Status $upstream_cache_status.';
    return `Make ${extension} eligible for the CDN's cache, for as long as Cache-Control says.`;
  },
  ticket: ({ edge }) =>
    edge === 'Cloudflare'
      ? 'It is played to anybody when the ticket has ended: run npm run cdn:apply, purge the zone, and deploy the Worker (deploy/cloudflare/worker) at this name.'
      : 'It is played to anybody when the ticket has ended: let the Worker or nginx configuration of deploy/ be the only cache; an edge of your own that checks tickets says so by X-Cache: HIT.',
  range: ({ edge }) =>
    edge === 'nginx'
      ? 'Let nginx serve parts: no max_ranges 0, and Accept-Ranges passed on.'
      : 'Let the edge serve parts: players seek by Range.',
  compression: ({ edge }) =>
    edge === 'Cloudflare'
      ? 'The compression rule is missing: run npm run cdn:apply.'
      : 'Let the edge compress application/vnd.apple.mpegurl and application/json, or pass Accept-Encoding on and keep Vary.',
  cookie: () => 'Let nothing before the store set cookies on media: caches do not keep such answers.',
  length: () =>
    'What the edge has is not what was stored: purge it there, then see what changes bodies on the way.',
};

export function adviceOn(aspect: keyof typeof ADVICE, circumstances: Circumstances): string {
  return ADVICE[aspect](circumstances);
}
