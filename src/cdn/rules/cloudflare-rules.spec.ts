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

describe('mediaExpression', () => {
  it('matches a dedicated host, or one path of a shared host', () => {
    expect(mediaExpression('https://media.example.com')).toBe('(http.host eq "media.example.com")');
    expect(mediaExpression('https://cdn.example.com:8443/media')).toBe(
      '(http.host eq "cdn.example.com" and starts_with(http.request.uri.path, "/media/"))',
    );
  });
});

describe('isSame', () => {
  it('ignores fields that Cloudflare has added to a rule', () => {
    expect(isSame({ ...RULE, id: '1', version: '3', last_updated: 'today' } as never, RULE)).toBe(true);
  });

  it.each([
    ['another expression', { expression: 'true' }],
    ['switched off', { enabled: false }],
    ['another parameter', { action_parameters: { cache: true, edge_ttl: { mode: 'override_origin' } } }],
  ])('is false for a rule with %s', (_what, change) => {
    expect(isSame({ ...RULE, ...change }, RULE)).toBe(false);
  });
});

describe('withCorsRule', () => {
  const ours = { id: 'ours', allowed: { methods: ['GET'], origins: ['*'] } };
  const theirs = { id: 'theirs', allowed: { methods: ['PUT'], origins: ['https://a.example'] } };

  it('keeps other rules and their order', () => {
    const old = { id: 'ours', allowed: { methods: ['GET'], origins: ['https://b.example'] } };
    expect(withCorsRule([theirs], ours)).toEqual([theirs, ours]);
    expect(withCorsRule([old, theirs], ours)).toEqual([ours, theirs]);
    expect(withCorsRule([theirs, ours], ours)).toBeNull();
  });
});

describe('r2Bucket', () => {
  it('is derived from S3 settings only if they name R2', () => {
    const account = '0123456789abcdef0123456789abcdef';
    const path = `/accounts/${account}/r2/buckets/music`;
    expect(r2Bucket(`https://${account}.r2.cloudflarestorage.com`, 'music')).toEqual({ path, headers: {} });
    expect(r2Bucket('https://s3.example.com', 'music')).toBeNull();
    expect(r2Bucket(undefined, 'music')).toBeNull();
  });

  it.each(['eu', 'us', 'fedramp'])('sends the jurisdiction %s as a header', (jurisdiction) => {
    const endpoint = `https://0123456789abcdef0123456789abcdef.${jurisdiction}.r2.cloudflarestorage.com`;
    expect(r2Bucket(endpoint, 'music')?.headers).toEqual({ 'cf-r2-jurisdiction': jurisdiction });
  });
});
