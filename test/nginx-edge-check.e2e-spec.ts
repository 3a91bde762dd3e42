import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CdnCheck } from '../src/cdn/check/cdn-check.js';
import { makeTaggedSong } from './support/audio-fixtures.js';
import { runCommand } from './support/command.js';
import { TestServer } from './support/test-server.js';
import { EDGES, MinimalEdge } from './support/minimal-edge.js';
import { NginxEdge } from './support/nginx.js';
import { ready, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const PROTECTED = {
  STREAM_PROTECTION: 'ticket',
  STREAM_TICKET_SECRETS: 'a-secret-of-more-than-32-characters',
};

const folder = tempDir('nginx-edge-check');
let server: TestServer;
let edge: NginxEdge;
let careless: MinimalEdge;
let cdnBaseUrl: string;

beforeAll(async () => {
  careless = await MinimalEdge.reserve();
  cdnBaseUrl = careless.cdnBaseUrl;
  server = await TestServer.start({ ...PROTECTED, CDN_BASE_URL: cdnBaseUrl, CDN_CHECK_SECONDS: '0' });
  edge = await NginxEdge.open(server.url, { ...PROTECTED }, careless.port);
  const admin = await server.admin();
  const { id } = await uploadSong(admin, await makeTaggedSong(folder, 14));
  await ready(admin, id, 120);
}, 180_000);

afterAll(async () => {
  await edge?.close();
  await careless?.close();
  await server?.close();
}, 60_000);

const check = (...args: string[]) =>
  runCommand('cdn/cdn-check', ['--url', `${server.url}/graphql`, ...args], { CDN_BASE_URL: cdnBaseUrl });

describe('cdn:check against the nginx edge of deploy/nginx, library protected by tickets', () => {
  it('passes for every kind of object', async () => {
    const { code, out } = await check();
    expect([code, out]).toEqual([0, expect.stringContaining('failures: 0')]);
    expect(out).not.toMatch(/FAIL|look/);
    for (const kind of ['master', 'playlist', 'segment', 'original', 'cover', 'peaks'])
      expect(out).toMatch(new RegExp(`^${kind}.* 20[06] .*HIT.* ok$`, 'm'));
  });

  it('gets 403 for a request without a ticket', async () => {
    const { out } = await check('--json');
    const { objects } = JSON.parse(out) as { objects: CdnCheck['read'] };
    const without = objects.filter(({ kind }) => kind === 'unticketed');
    expect(without.map(({ again }) => again?.status)).toEqual([403]);
  });

  it('fails when the edge serves requests without a ticket', async () => {
    await edge.restart({ STREAM_PROTECTION: 'none' });
    const { code, out } = await check();
    expect([code, out]).toEqual([1, expect.stringMatching(/unticketed/)]);
    await edge.restart(PROTECTED);
  });
});

describe('cdn:check against a cache that does not verify tickets, library protected by tickets', () => {
  it('reports that cached media stays playable after its ticket has expired', async () => {
    await edge.close();
    careless.origin = server.url;
    await careless.configure(EDGES.right);
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(out).toMatch(
      /FAIL {2}master, .*: kept with its ticket \(x-cache-status: HIT\)\.\n +It is played to anybody/,
    );
    expect(out).toMatch(/^cover .* ok$/m);
  });
});
