import { describe, expect, it } from '@jest/globals';
import { isSame, mediaExpression, r2Bucket, withCorsRule, type Rule } from './cloudflare-rules.js';

const RULE: Rule = {
  ref: 'ours',
  description: 'Ours',
  expression: '(http.host eq "media.example.com")',
  action: 'set_cache_settings',
  action_parameters: { cache: true, edge_ttl: { mode: 'respect_origin' } },
  enabled: true,
};

describe('what our rules apply to', () => {
  it('is a host of its own, or one path of a shared host', () => {
    expect(mediaExpression('https://media.example.com')).toBe('(http.host eq "media.example.com")');
    expect(mediaExpression('https://cdn.example.com:8443/media')).toBe(
      '(http.host eq "cdn.example.com" and starts_with(http.request.uri.path, "/media/"))',
    );
  });
});

describe('a rule that stands', () => {
  it('is ours as it should be, whatever Cloudflare has added to it', () => {
    expect(isSame({ ...RULE, id: '1', version: '3', last_updated: 'today' } as never, RULE)).toBe(true);
  });

  it.each([
    ['another expression', { expression: 'true' }],
    ['switched off', { enabled: false }],
    ['another parameter', { action_parameters: { cache: true, edge_ttl: { mode: 'override_origin' } } }],
  ])('is not ours any more with %s', (_what, change) => {
    expect(isSame({ ...RULE, ...change }, RULE)).toBe(false);
  });
});

describe("a bucket's CORS rules", () => {
  const ours = { id: 'ours', allowed: { methods: ['GET'], origins: ['*'] } };
  const theirs = { id: 'theirs', allowed: { methods: ['PUT'], origins: ['https://a.example'] } };

  it('keep the others and their order', () => {
    const old = { id: 'ours', allowed: { methods: ['GET'], origins: ['https://b.example'] } };
    expect(withCorsRule([theirs], ours)).toEqual([theirs, ours]);
    expect(withCorsRule([old, theirs], ours)).toEqual([ours, theirs]);
    expect(withCorsRule([theirs, ours], ours)).toBeNull();
  });
});

describe('the bucket', () => {
  it('is known from the S3 settings when they are of R2', () => {
    const account = '0123456789abcdef0123456789abcdef';
    const path = `/accounts/${account}/r2/buckets/music`;
    expect(r2Bucket(`https://${account}.r2.cloudflarestorage.com`, 'music')).toEqual({ path, headers: {} });
    expect(r2Bucket('https://s3.example.com', 'music')).toBeNull();
    expect(r2Bucket(undefined, 'music')).toBeNull();
  });

  it.each(['eu', 'us', 'fedramp'])('of a jurisdiction is asked for by it (%s)', (jurisdiction) => {
    const endpoint = `https://0123456789abcdef0123456789abcdef.${jurisdiction}.r2.cloudflarestorage.com`;
    expect(r2Bucket(endpoint, 'music')?.headers).toEqual({ 'cf-r2-jurisdiction': jurisdiction });
  });
});
