import { policyAllows, type FetchDirective } from './content-policy.js';
import type { CdnFinding } from './cdn-facts.js';
import type { CdnSong } from './song-source.js';

/** The web page as it was served. */
export interface PageFacts {
  url: string;
  /** Null if there was no response. */
  status: number | null;
  /** Why there was no response; null if there was one. */
  failure: string | null;
  /** Whether the response is HTML. It need not be: the API may serve no page, or the page may be elsewhere. */
  isHtml: boolean;
  /** All its Content-Security-Policies, from headers and meta elements. */
  policies: string[];
}

const TIMEOUT_MS = 15_000;
const POLICY_META =
  /<meta[^>]+http-equiv=["']?content-security-policy["']?[^>]*?content=(?:"([^"]*)"|'([^']*)')/gi;

const POLICY_ADVICE =
  'Start every API process with the CDN_BASE_URL and PUBLIC_URL of this check, and let no proxy before the page add a Content-Security-Policy of its own; a page of yours elsewhere has to name this origin itself.';
const MIXED_ADVICE =
  'Let it be delivered by https: CDN_BASE_URL and PUBLIC_URL with https://, or, without PUBLIC_URL, TRUST_PROXY, so that the proxy is believed how it was asked.';

/** Reads the page as a browser does when it opens the page. Never rejects. */
export async function readPage(url: string): Promise<PageFacts> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'text/html' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const isHtml = /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
    const body = await response.text();
    const header = response.headers.get('content-security-policy');
    const metas = isHtml ? [...body.matchAll(POLICY_META)].map((found) => found[1] ?? found[2]!) : [];
    const policies = [...(header === null ? [] : [header]), ...metas];
    return { url: response.url, status: response.status, failure: null, isHtml, policies };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string } };
    return { url, status: null, failure: cause?.code ?? message, isHtml: false, policies: [] };
  }
}

/** Finds what keeps a browser that shows this page from loading the song's media. If there is no page, nothing does. */
export function checkPage(page: PageFacts, { song, hlsSources }: CdnSong): CdnFinding[] {
  if (page.status === null)
    return [finding('status', 'warning', `the page gave no answer: ${page.failure}`, PAGE_AWAY)];
  if (!page.isHtml || page.status !== 200) return [];
  const loads: [FetchDirective, string | null | undefined][] = [
    ['connect-src', hlsSources.masterPlaylist],
    ['connect-src', hlsSources.peaksUrl],
    ['media-src', hlsSources.fallbackUrl],
    ['img-src', song.artwork?.images[0]?.url],
  ];
  const found = loads
    .filter((each): each is [FetchDirective, string] => typeof each[1] === 'string')
    .flatMap(([directive, url]) => hindrances(page, directive, new URL(url)));
  return [...new Map(found.map((each) => [each.message, each])).values()];
}

function hindrances(page: PageFacts, directive: FetchDirective, url: URL): CdnFinding[] {
  const at = new URL(page.url);
  if (at.protocol === 'https:' && url.protocol === 'http:')
    return [
      finding(
        'policy',
        'failure',
        `${url.origin} is http, which browsers keep from a page by https`,
        MIXED_ADVICE,
      ),
    ];
  if (policyAllows(page.policies, directive, url, at)) return [];
  return [
    finding(
      'policy',
      'failure',
      `its Content-Security-Policy (${directive}) forbids ${url.origin}`,
      POLICY_ADVICE,
    ),
  ];
}

const PAGE_AWAY = 'Name where people open it: --page.';

function finding(
  aspect: CdnFinding['aspect'],
  level: CdnFinding['level'],
  message: string,
  advice: string,
): CdnFinding {
  return { kind: 'page', label: '', aspect, level, message, advice };
}
