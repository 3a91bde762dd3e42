import { readFile } from 'node:fs/promises';
import { parse } from '@cdktf/hcl2json';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ACCOUNT, CloudflareServer, TOKEN, type Scope } from './support/cloudflare-server.js';
import { runCommand } from './support/command.js';

const CACHE = 'http_request_cache_settings';
const COMPRESSION = 'http_response_compression';
const HEADERS = 'http_response_headers_transform';
const MEDIA = '(http.host eq "media.example.com")';

/** Rules of a zone that also serves other things. */
const THEIRS = ['first', 'second'].map((ref) => ({
  ref,
  description: `Theirs, ${ref}`,
  expression: `(http.host eq "${ref}.example.com")`,
  action: 'set_cache_settings',
  action_parameters: { cache: false },
}));

const S3 = {
  STORAGE: 's3',
  S3_BUCKET: 'music',
  S3_ENDPOINT: `https://${ACCOUNT}.r2.cloudflarestorage.com`,
  S3_ACCESS_KEY_ID: 'key',
  S3_SECRET_ACCESS_KEY: 'secret',
};

let cloudflare: CloudflareServer;

beforeEach(async () => {
  cloudflare = await CloudflareServer.open();
});

afterEach(() => cloudflare.close());

const apply = (env: Record<string, string> = {}, ...args: string[]) =>
  runCommand('cdn/cdn-apply', args, { ...cloudflare.env, CDN_BASE_URL: 'https://media.example.com', ...env });
const refs = (phase: string) => cloudflare.rulesets.get(phase)?.rules.map(({ ref }) => ref);

describe('cdn:apply', () => {
  it('writes our rules into an empty zone, and changes nothing the second time', async () => {
    const { code, out } = await apply();
    expect([code, out]).toEqual([0, expect.stringContaining('npm run cdn:check')]);
    expect([refs(CACHE), refs(COMPRESSION), refs(HEADERS)]).toEqual([
      ['hls_music_cache', 'hls_music_tickets'],
      ['hls_music_compression'],
      ['hls_music_headers'],
    ]);
    expect(cloudflare.rulesets.get(CACHE)!.rules[0]).toMatchObject({
      expression: MEDIA,
      action_parameters: {
        cache: true,
        edge_ttl: { mode: 'respect_origin' },
        browser_ttl: { mode: 'respect_origin' },
        cache_key: { custom_key: { query_string: { exclude: { all: true } } } },
      },
    });
    expect(cloudflare.rulesets.get(COMPRESSION)!.rules[0]!['expression']).toBe(
      `${MEDIA} and http.response.content_type.media_type in {"application/vnd.apple.mpegurl" "application/json"}`,
    );
    expect(Object.fromEntries(cloudflare.settings)).toEqual({
      'argo/tiered_caching': 'on',
      'cache/tiered_cache_smart_topology_enable': 'on',
    });

    const made = cloudflare.writes.length;
    expect(await apply()).toMatchObject({ code: 0, out: 'nothing to change\n', err: '' });
    expect(cloudflare.writes).toHaveLength(made);
  });

  it('changes no foreign rule, and repairs only its own', async () => {
    const stale = { ...THEIRS[0]!, ref: 'hls_music_cache', description: 'ours, long ago' };
    cloudflare.presetRules(CACHE, [THEIRS[0]!, stale, THEIRS[1]!]);
    cloudflare.presetRules(COMPRESSION, [{ ...THEIRS[0]!, action: 'compress_response' }]);
    const theirs = () =>
      JSON.stringify(cloudflare.rulesets.get(CACHE)!.rules.filter(({ ref }) => !ref.startsWith('hls_music')));
    const before = theirs();
    expect((await apply()).code).toBe(0);
    expect(theirs()).toBe(before);
    expect(refs(CACHE)).toEqual(['first', 'hls_music_cache', 'second', 'hls_music_tickets']);
    expect(cloudflare.rulesets.get(CACHE)!.rules[1]!['expression']).toBe(MEDIA);
    expect(refs(COMPRESSION)).toEqual(['first', 'hls_music_compression']);
    const bodies = JSON.stringify(cloudflare.writes.map(({ body }) => body));
    expect(bodies).not.toContain('Theirs');
    expect((await apply()).out).toBe('nothing to change\n');
  });

  it('limits its rules to one path of a host that serves others', async () => {
    expect((await apply({ CDN_BASE_URL: 'https://cdn.example.com/media' })).code).toBe(0);
    expect(cloudflare.rulesets.get(CACHE)!.rules[0]!['expression']).toBe(
      '(http.host eq "cdn.example.com" and starts_with(http.request.uri.path, "/media/"))',
    );
  });

  it('forbids caching of URLs with a ticket, and says why a protected library is not cached at the edge', async () => {
    const ticket = {
      STREAM_PROTECTION: 'ticket',
      STREAM_TICKET_SECRETS: 'a-secret-of-more-than-32-characters',
    };
    const { code, out } = await apply(ticket);
    expect([code, out]).toEqual([0, expect.stringContaining('deploy deploy/cloudflare/worker')]);
    // The last matching rule decides.
    expect(cloudflare.rulesets.get(CACHE)!.rules.at(-1)).toMatchObject({
      expression: `${MEDIA} and http.request.uri.path contains "/t/"`,
      action_parameters: { cache: false },
    });
  });

  it('adds the CORS rule to the R2 bucket of the S3 settings, and leaves the other rules', async () => {
    const theirs = { id: 'theirs', allowed: { methods: ['GET'], origins: ['https://a.example'] } };
    cloudflare.cors = { rules: [theirs] };
    expect((await apply(S3)).code).toBe(0);
    expect(cloudflare.cors?.rules.map(({ id }) => id)).toEqual(['theirs', 'hls-music']);
    expect((await apply(S3)).out).toBe('nothing to change\n');
  });

  it('finds a bucket in a jurisdiction', async () => {
    cloudflare.jurisdiction = 'eu';
    const S3_ENDPOINT = `https://${ACCOUNT}.eu.r2.cloudflarestorage.com`;
    expect((await apply({ ...S3, S3_ENDPOINT })).code).toBe(0);
    expect(cloudflare.cors?.rules.map(({ id }) => id)).toEqual(['hls-music']);
  });

  it('says for a missing bucket which setting names it', async () => {
    const { code, err } = await apply({ ...S3, S3_BUCKET: 'musik' });
    expect([code, err]).toEqual([1, expect.stringContaining('Check S3_BUCKET')]);
  });

  it('prints its calls with --dry-run, changes nothing, and never prints the token', async () => {
    const { code, out, err } = await apply({}, '--dry-run');
    expect(code).toBe(0);
    expect(cloudflare.writes).toEqual([]);
    expect(out.match(/^(PUT|POST|PATCH) \/zones\/\S+$/gm)).toHaveLength(5);
    expect(out).toContain('"hls_music_cache"');
    expect(out).toContain('5 calls, none made');
    expect(out + err).not.toContain(TOKEN);
  });

  it.each([
    ['cache rules', 'Zone > Cache Rules > Edit'],
    ['compression', 'Zone > Response Compression > Edit'],
    ['transform', 'Zone > Transform Rules > Edit'],
    ['settings', 'Zone > Zone Settings > Edit'],
  ] as [Scope, string][])('names the permission a token lacks (%s)', async (scope, name) => {
    cloudflare.scopes.delete(scope);
    const { code, err } = await apply();
    expect([code, err]).toEqual([1, expect.stringContaining(name)]);
    if (scope !== 'settings')
      expect(err).toContain('If it is still refused, add "Account > Account Rulesets');
    expect(err).not.toContain(TOKEN);
  });

  it('waits as long as Retry-After says', async () => {
    cloudflare.troubles.push({ status: 429, retryAfter: 2 }, { status: 503 });
    const { code, out } = await apply();
    expect([code, out]).toEqual([0, expect.stringContaining('again in 2 s')]);
    expect(cloudflare.asked[1]!.at - cloudflare.asked[0]!.at).toBeGreaterThanOrEqual(1_990);
  });

  it('names missing settings', async () => {
    const { code, err } = await runCommand('cdn/cdn-apply', []);
    expect([code, err]).toEqual([2, expect.stringContaining('CLOUDFLARE_ZONE_ID')]);
  });
});

describe('deploy/cloudflare/main.tf', () => {
  it('is valid HCL that takes its rules, settings and CORS from the same rules.json', async () => {
    const text = await readFile('deploy/cloudflare/main.tf', 'utf8');
    const { resource, locals, terraform } = await parse('main.tf', text);
    expect(locals[0].rules).toBe('${jsondecode(file("${path.module}/rules.json"))}');
    expect(terraform[0].required_providers[0].cloudflare).toEqual({
      source: 'cloudflare/cloudflare',
      version: '~> 5.0',
    });
    expect(Object.keys(resource).sort()).toEqual([
      'cloudflare_argo_tiered_caching',
      'cloudflare_r2_bucket_cors',
      'cloudflare_ruleset',
      'cloudflare_tiered_cache',
    ]);
    const [ruleset] = resource.cloudflare_ruleset.music;
    expect(ruleset.for_each).toBe('${local.rules.phases}');
    expect(ruleset.rules).toContain('replace(rule.expression, "MEDIA", local.media)');
    const rules = JSON.parse(await readFile('deploy/cloudflare/rules.json', 'utf8'));
    expect(Object.keys(locals[0].names)).toEqual(Object.keys(rules.phases));
    for (const setting of Object.keys(rules.settings))
      expect(text).toContain(`local.rules.settings["${setting}"]`);
    // Nothing that belongs to a rule is written a second time.
    expect(text).not.toMatch(/hls_music|respect_origin|mpegurl/);
  });
});
