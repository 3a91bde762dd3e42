import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FEW_REQUESTS } from '../src/cdn/check/cdn-check.js';
import type { CdnAspect, CdnObjectKind, CdnReport } from '../src/cdn/check/cdn-facts.js';
import { makeTaggedSong } from './support/audio-fixtures.js';
import { runCommand } from './support/command.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { EDGES, MinimalEdge } from './support/minimal-edge.js';
import { ready, uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

let edge: MinimalEdge;
let services: SharedServices;
const folder = tempDir('cdn-check');
let server: TestServer;
let songId: string;

const open = (checkSeconds: number, script = 'main.js', cdnBaseUrl = edge.cdnBaseUrl) =>
  TestServer.start(
    { ...services.env, CDN_BASE_URL: cdnBaseUrl, CDN_CHECK_SECONDS: String(checkSeconds) },
    script,
    folder,
  );

beforeAll(async () => {
  [edge, services] = await Promise.all([MinimalEdge.reserve(), startSharedServices()]);
  server = await open(0);
  edge.origin = server.url;
  const admin = await server.admin();
  // The song is longer than one segment.
  songId = (await uploadSong(admin, await makeTaggedSong(folder, 14))).id;
  await ready(admin, songId, 120);
}, 180_000);

afterAll(async () => {
  await edge?.close();
  await server?.close();
  await services?.stop();
}, 60_000);

const check = (...args: string[]) =>
  runCommand('cdn/cdn-check', ['--url', `${server.url}/graphql`, ...args], { CDN_BASE_URL: edge.cdnBaseUrl });

async function reported(): Promise<{ code: number | null; report: CdnReport }> {
  const { code, out } = await check('--json');
  return { code, report: JSON.parse(out) as CdnReport };
}

describe('cdn:check', () => {
  it('finds no fault with a correct edge, for every kind of object', async () => {
    await edge.configure(EDGES.right);
    const { code, out } = await check('--song', songId);
    expect([code, out]).toEqual([0, expect.stringContaining('failures: 0')]);
    expect(out).not.toMatch(/FAIL|look/);
    for (const kind of [
      'master',
      'playlist \\(64k\\)',
      'segment \\(320k last\\)',
      'original',
      'cover',
      'peaks',
    ])
      expect(out).toMatch(new RegExp(`^${kind} +20[06] .*HIT.* ok$`, 'm'));
    expect(out).toMatch(/^missing +404 .* ok$/m);
    expect(out).toMatch(/^page +200 +policy .* ok$/m);
    const { report } = await reported();
    expect(report).toMatchObject({ songId, edge: 'nginx', findings: [] });
    expect(report.kinds.every(({ up, cacheable }) => up && cacheable)).toBe(true);
    // Master, four playlists, eight segments, original, two pictures, peaks, and a missing object.
    expect((await edge.asked()).length).toBeGreaterThan(2 * 18);
  });

  it.each<[keyof typeof EDGES, CdnAspect, CdnObjectKind[], RegExp]>([
    ['withoutCache', 'hit', ['master', 'segment', 'original', 'cover'], /proxy_cache/],
    ['wrongTypes', 'type', ['master', 'playlist', 'segment', 'cover', 'peaks'], /Content-Type/],
    ['withoutCors', 'cors', ['master', 'playlist', 'segment'], /Access-Control-Allow-Origin: \*/],
    ['withoutRanges', 'range', ['segment', 'original'], /max_ranges/],
    ['keepsErrors', 'hit', ['missing'], /errors not at all/],
    ['uncompressed', 'compression', ['master', 'playlist', 'peaks'], /application\/vnd\.apple\.mpegurl/],
    ['setsCookies', 'cookie', ['segment'], /cookies/],
    ['forgetsSoon', 'cacheable', ['segment', 'cover'], /Cache-Control/],
    ['errorsAsPages', 'status', ['missing'], /404/],
  ])('reports the fault of an edge that is %s and what to change', async (config, aspect, kinds, advice) => {
    await edge.configure(EDGES[config]);
    const { code, report } = await reported();
    expect(code).toBe(1);
    const failures = report.findings.filter(({ level }) => level === 'failure');
    // The report has this fault and no other.
    expect([...new Set(failures.map((each) => each.aspect))]).toEqual([aspect]);
    expect(failures.map(({ kind }) => kind)).toEqual(expect.arrayContaining(kinds));
    for (const each of failures) expect(each.advice).toMatch(advice);
  });

  it('says what a page has to allow whose Content-Security-Policy forbids the media', async () => {
    await edge.configure(EDGES.right);
    const app = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.setHeader('content-security-policy', "default-src 'self'; img-src *");
      response.end('<!doctype html><title>A page of theirs</title>');
    });
    await once(app.listen(0, '127.0.0.1'), 'listening');
    const { code, out } = await check('--page', `http://127.0.0.1:${(app.address() as AddressInfo).port}/`);
    await once(app.close(), 'close');
    const { origin } = new URL(edge.cdnBaseUrl);
    expect(code).toBe(1);
    expect(out).toMatch(/^page +200 +policy .* FAIL$/m);
    for (const directive of ['connect-src', 'media-src'])
      expect(out).toContain(`page: its Content-Security-Policy (${directive}) forbids ${origin}.`);
    expect(out).not.toContain('(img-src)');
    expect(out).toMatch(/CDN_BASE_URL and PUBLIC_URL of this check/);
  });

  it('reports a host that does not answer', async () => {
    await edge.close();
    const { code, out } = await check();
    expect([code, out]).toEqual([1, expect.stringMatching(/no answer: ECONNREFUSED\.\n +See that the host/)]);
  });

  it('names the service that does not answer, and the settings of its address', async () => {
    const PUBLIC_URL = 'http://127.0.0.1:1';
    const { code, err } = await runCommand('cdn/cdn-check', [], { PUBLIC_URL, PORT: '4321' });
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /http:\/\/127\.0\.0\.1:1\/graphql does not answer .*\n.* -- --url http:\/\/127\.0\.0\.1:4321\n/,
      ),
    ]);
    expect((await check('--url', server.url, '--song', songId)).err).toBe('');
  });

  it('ends with a sentence for an unknown song', async () => {
    const { code, err } = await check('--song', '65f0c0ffee65f0c0ffee65f0');
    expect([code, err]).toEqual([1, expect.stringContaining('does not exist')]);
  });
});

describe('a server behind a CDN', () => {
  let servers: TestServer[] = [];

  afterAll(() => Promise.all(servers.map((each) => each.close())));

  const healthOf = async ({ url }: TestServer) => {
    const response = await fetch(new URL('/health', url));
    return { status: response.status, body: (await response.json()) as any };
  };
  const metricsOf = async ({ url }: TestServer) => (await fetch(new URL('/metrics', url))).text();

  it('checks it in one process at a time, and every process reports the result and stays ready', async () => {
    await edge.configure(EDGES.right);
    const every = 4;
    servers = [await open(every), await open(every)];
    const first = await eventually(async () => {
      const { body } = await healthOf(servers[1]!);
      return body.details.edge.checkedAt && body.details.edge;
    });
    expect(first).toMatchObject({ status: 'up', edge: 'nginx' });
    // Both report the result, whichever of them checked. The first server has checks disabled and reports nothing.
    expect((await healthOf(servers[0]!)).body.details.edge).toMatchObject({ status: 'up', edge: 'nginx' });
    expect(await metricsOf(servers[0]!)).toContain('edge_check_up{kind="segment"} 1');
    expect((await healthOf(server)).body.details.edge).toMatchObject({ status: 'up', checkedAt: null });

    // The edge changes right after a check, so that no check spans both configurations.
    const lookedAt = async () => (await healthOf(servers[1]!)).body.details.edge.checkedAt;
    await eventually(async () => (await lookedAt()) !== first.checkedAt);
    await edge.configure(EDGES.withoutCors);
    const begun = Date.now();
    const troubled = await eventually(async () => {
      const health = await healthOf(servers[1]!);
      return health.body.details.edge.advice?.join().includes('Access-Control-Allow-Origin: *') && health;
    });
    expect(troubled).toMatchObject({ status: 200, body: { details: { edge: { status: 'degraded' } } } });
    await sleep(2 * every * 1000);
    // Each check asks for the missing object twice; uncoordinated processes would check twice as often.
    const asked = await edge.asked();
    const checks = Math.ceil((Date.now() - begun) / (every * 1000)) + 1;
    expect(asked.length).toBeLessThanOrEqual(checks * FEW_REQUESTS);
    const masters = asked.filter((path) => path.endsWith('/master.m3u8')).length;
    expect(masters).toBeLessThanOrEqual(checks * 5);

    const metrics = await metricsOf(servers[0]!);
    expect(metrics).toContain('edge_check_up{kind="segment"} 0');
    expect(metrics).toContain('edge_check_up{kind="missing"} 1');
    expect(metrics).toMatch(/edge_check_timestamp_seconds 1\d{9}/);
    expect(
      servers.flatMap(({ lines }) => lines).filter((line) => line.includes('the edge: ')).length,
    ).toBeLessThanOrEqual(2);

    // A result for one CDN does not apply to another.
    const moved = await open(3_600, 'main.js', 'http://127.0.0.1:1/media');
    servers.push(moved);
    expect((await healthOf(moved)).body.details.edge).toMatchObject({ status: 'up', checkedAt: null });

    await edge.configure(EDGES.right);
    await eventually(async () => (await healthOf(servers[1]!)).body.details.edge.status === 'up');
  }, 180_000);

  it('checks once instead of repeatedly while the library is empty', async () => {
    const empty = await TestServer.start({ CDN_BASE_URL: edge.cdnBaseUrl, CDN_CHECK_SECONDS: '3600' });
    servers.push(empty);
    const looks = async () => /\{field="songs",.*\} (\d+)$/m.exec(await metricsOf(empty))?.[1];
    const first = await eventually(async () => {
      const { edge: known } = (await healthOf(empty)).body.details;
      return known.checkedAt && known;
    });
    expect(first).toMatchObject({ status: 'up', edge: null });
    const once = await looks();
    expect(once).toBeDefined();
    await sleep(11_000);
    expect(await looks()).toBe(once);
  }, 60_000);
});
