import { describe, expect, it } from '@jest/globals';
import type { CdnResponse, CdnFacts } from './cdn-facts.js';
import { failureSentences, groupFindings } from './group-findings.js';
import { cdnObjectsOf, segmentsOf } from './song-source.js';
import { checkObject, summarise } from './cdn-checks.js';

const ORIGIN = 'https://music.example.com';

/** Response headers of R2 behind a Cloudflare zone with our rules. */
const HEADERS = {
  'content-type': 'video/mp2t',
  'access-control-allow-origin': '*',
  'cache-control': 'public, max-age=31536000, immutable',
  'content-length': '1000',
  'cf-cache-status': 'HIT',
  'cf-ray': '8a-FRA',
};

const answer = (headers: Record<string, string> = HEADERS, status = 200): CdnResponse => ({
  status,
  headers,
  bytes: 1e3,
});

const segment = (changes: Partial<CdnFacts> = {}): CdnFacts => ({
  kind: 'segment',
  label: '64k first',
  extension: '.ts',
  types: ['video/mp2t'],
  recordedBytes: null,
  first: answer(),
  again: answer(),
  probe: null,
  origin: ORIGIN,
  failure: null,
  ticketed: false,
  part: {
    answer: answer({ ...HEADERS }, 206),
    asked: 100,
    total: 1e3,
    isRight: true,
  },
  ...changes,
});

const without = (name: string) =>
  answer(Object.fromEntries(Object.entries(HEADERS).filter(([header]) => header !== name)));
const said = (changes: Record<string, string>) => answer({ ...HEADERS, ...changes });

describe('checkObject on a segment', () => {
  it('finds nothing wrong with a correct response', () => {
    expect(checkObject(segment())).toEqual([]);
  });

  it.each<[string, Partial<CdnFacts>, string, string]>([
    [
      'not cached by Cloudflare',
      { again: said({ 'cf-cache-status': 'DYNAMIC' }) },
      'hit',
      'Cache Rule missing for .ts: run npm run cdn:apply.',
    ],
    [
      'without CORS',
      { again: without('access-control-allow-origin') },
      'cors',
      'The response header rule is missing: run npm run cdn:apply.',
    ],
    [
      'for another site only',
      { again: said({ 'access-control-allow-origin': 'https://a.example' }) },
      'cors',
      '',
    ],
    [
      'with a browser TTL of the zone',
      { again: said({ 'cache-control': 'max-age=14400' }) },
      'cacheable',
      'Browser TTL must respect the origin: run npm run cdn:apply.',
    ],
    ['not to be kept', { again: said({ 'cache-control': 'private, max-age=31536000' }) }, 'cacheable', ''],
    ['of another type', { again: said({ 'content-type': 'application/octet-stream' }) }, 'type', ''],
    ['with a cookie on the first read', { first: said({ 'set-cookie': 'a=1' }) }, 'cookie', ''],
    ['whose first two bytes are the whole', { probe: answer() }, 'range', 'players seek by Range'],
    [
      'kept by a cache that does not check its ticket',
      { ticketed: true },
      'ticket',
      'deploy the Worker (deploy/cloudflare/worker)',
    ],
    [
      'not kept by Cloudflare because it has a ticket',
      { ticketed: true, again: said({ 'cf-cache-status': 'BYPASS' }) },
      'hit',
      'deploy the Worker (deploy/cloudflare/worker)',
    ],
    ['of another length than recorded', { recordedBytes: 900 }, 'length', ''],
    [
      'whose parts are the whole',
      { part: { answer: answer(), asked: 100, total: null, isRight: false } },
      'range',
      '',
    ],
    [
      'forbidden',
      { again: answer(HEADERS, 403) },
      'status',
      'Give the bucket its custom domain (R2, Settings, Custom Domains), and see that no firewall rule stands before it.',
    ],
    ['without an answer', { first: null, again: null, part: null, failure: 'ENOTFOUND' }, 'status', ''],
  ])('reports a failure with advice: %s', (_what, changes, aspect, advice) => {
    const found = checkObject(segment(changes));
    expect(found).toMatchObject([{ aspect, level: 'failure' }]);
    expect(found[0]!.advice).toContain(advice);
    expect(found[0]!.advice).toMatch(/\.$/);
  });

  it('accepts a cached segment with a ticket only from an edge of deploy/, which checks tickets', () => {
    const { 'cf-cache-status': _said, ...others } = HEADERS;
    const kept = answer({ ...others, 'x-cache': 'HIT' });
    expect(checkObject(segment({ ticketed: true, again: kept }))).toEqual([]);
    const { 'cf-ray': _ray, ...elsewhere } = others;
    const cloudFront = answer({ ...elsewhere, 'x-cache': 'HIT', 'x-amz-cf-id': 'a' });
    expect(checkObject(segment({ ticketed: true, again: cloudFront }))).toMatchObject([{ aspect: 'ticket' }]);
  });

  it('warns of a segment that is not immutable, or whose response shows no cache status', () => {
    const mutable = { again: said({ 'cache-control': 'public, max-age=31536000' }) };
    expect(checkObject(segment(mutable))).toMatchObject([{ aspect: 'cacheable', level: 'warning' }]);
    const { 'cf-cache-status': _said, 'cf-ray': _ray, ...silent } = HEADERS;
    expect(checkObject(segment({ again: answer(silent) }))).toMatchObject([
      { aspect: 'hit', level: 'warning' },
    ]);
  });
});

describe('checkObject on a missing object', () => {
  const missing = (again: CdnResponse) =>
    checkObject(segment({ kind: 'missing', first: again, again, part: null, types: [] }));

  it.each([
    [404, 'MISS', []],
    [404, 'HIT', [{ aspect: 'hit', level: 'failure' }]],
    [403, 'MISS', [{ aspect: 'status', level: 'warning' }]],
    [200, 'MISS', [{ aspect: 'status', level: 'failure' }]],
  ])('checks a %i with cache status %s', (status, cache, found) => {
    expect(missing(answer({ 'cf-cache-status': cache }, status))).toMatchObject(found);
  });
});

describe('cdnObjectsOf a protected song', () => {
  const base = 'https://media.example.com';
  const key = 'songs/65f0c0ffee65f0c0ffee65f0/gabc123def/master.m3u8';
  const found = (masterPlaylist: string) =>
    cdnObjectsOf(
      {
        song: { id: '1', title: 'One', original: { bytes: 1 }, artwork: null },
        hlsSources: { masterPlaylist, fallbackUrl: `${base}/o.mp3`, peaksUrl: null, qualities: [] },
      },
      true,
    );
  const urlOf = (objects: ReturnType<typeof found>, kind: string) =>
    objects.find((each) => each.kind === kind)?.url;

  it('includes a URL without the ticket, which must be refused', () => {
    const objects = found(`${base}/t/4102444800.abc/${key}`);
    expect(urlOf(objects, 'unticketed')).toBe(`${base}/${key}`);
    expect(urlOf(objects, 'missing')).toMatch(
      /^https:\/\/media\.example\.com\/t\/4102444800\.abc\/songs\/65f0c0ffee65f0c0ffee65f0\/g\w{16}\/master\.m3u8$/,
    );
    expect(urlOf(found(`${base}/${key}`), 'unticketed')).toBeUndefined();
    const given = segment({ kind: 'unticketed', part: null });
    expect(checkObject(given)).toMatchObject([{ aspect: 'status', level: 'failure' }]);
    expect(checkObject({ ...given, again: answer(HEADERS, 403) })).toEqual([]);
  });
});

describe('segmentsOf', () => {
  it('returns the first and the last segment of a media playlist', () => {
    const text =
      '#EXTM3U\n#EXTINF:6,\nsegment-00000.ts\n#EXTINF:6,\nsegment-00001.ts\n#EXTINF:2,\nsegment-00002.ts\n';
    const url = 'https://media.example.com/a/64k/playlist.m3u8';
    expect(segmentsOf(text, url, '64k', false).map((each) => each.url)).toEqual([
      'https://media.example.com/a/64k/segment-00000.ts',
      'https://media.example.com/a/64k/segment-00002.ts',
    ]);
    expect(segmentsOf(text, url, '64k', true)).toHaveLength(1);
    expect(segmentsOf('#EXTM3U\n', url, '64k', false)).toEqual([]);
  });
});

describe('summarise', () => {
  it('distinguishes kinds that are not delivered from those that are delivered but not cached', () => {
    const uncached = segment({ again: said({ 'cf-cache-status': 'DYNAMIC' }) });
    const broken = segment({ kind: 'cover', again: answer(HEADERS, 500) });
    expect(summarise('1', [segment(), uncached, broken, segment({ kind: 'original' })], 9)).toMatchObject({
      edge: 'Cloudflare',
      kinds: [
        { kind: 'segment', up: true, cacheable: false },
        { kind: 'cover', up: false, cacheable: false },
        { kind: 'original', up: true, cacheable: true },
      ],
    });
  });
});

describe('groupFindings', () => {
  it('reports the same problem of many objects once, with the affected kinds', () => {
    const uncached = { again: said({ 'cf-cache-status': 'DYNAMIC' }) };
    const { findings } = summarise(
      '1',
      [segment(uncached), segment(uncached), segment({ ...uncached, kind: 'cover' })],
      9,
    );
    expect(groupFindings(findings)).toMatchObject([{ kinds: ['segment', 'cover'], objects: 3 }]);
    expect(failureSentences(findings)).toEqual([
      'segment, cover: second read no HIT (cf-cache-status: DYNAMIC). Cache Rule missing for .ts: run npm run cdn:apply.',
    ]);
  });
});
