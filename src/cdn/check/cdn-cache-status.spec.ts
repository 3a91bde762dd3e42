import { describe, expect, it } from '@jest/globals';
import { cacheStatusOf, cdnOf } from './cdn-cache-status.js';

describe('cacheStatusOf recognises hit and miss', () => {
  it.each([
    ['Cloudflare', { 'cf-cache-status': 'HIT', age: '12' }, true],
    ['Cloudflare, first read', { 'cf-cache-status': 'MISS' }, false],
    ['Cloudflare without a rule', { 'cf-cache-status': 'DYNAMIC' }, false],
    ['Cloudflare, stale but delivered', { 'cf-cache-status': 'REVALIDATED' }, true],
    ['CloudFront', { 'x-cache': 'Hit from cloudfront' }, true],
    ['CloudFront, first read', { 'x-cache': 'Miss from cloudfront' }, false],
    ['Fastly, shielded', { 'x-cache': 'MISS, HIT' }, true],
    ['Akamai', { 'x-cache': 'TCP_MEM_HIT from a23-1 (AkamaiGHost/11)' }, true],
    ['Akamai by Server-Timing', { 'server-timing': 'cdn-cache; desc=HIT, edge; dur=1' }, true],
    ['Akamai by Server-Timing, first read', { 'server-timing': 'cdn-cache; desc=MISS' }, false],
    ['Bunny', { 'cdn-cache': 'HIT' }, true],
    ['nginx', { 'x-cache-status': 'HIT' }, true],
    ['nginx, first read', { 'x-cache-status': 'MISS' }, false],
    ['any cache that follows RFC 9211', { 'cache-status': 'ExampleCache; hit; ttl=376' }, true],
    [
      'any cache that follows RFC 9211, first read',
      { 'cache-status': 'ExampleCache; fwd=uri-miss; stored' },
      false,
    ],
    ['a cache that sends only Age', { age: '30' }, true],
    ['no cache', { age: '0' }, null],
  ] as [string, Record<string, string>, boolean | null][])('%s', (_who, headers, hit) => {
    expect(cacheStatusOf(headers).hit).toBe(hit);
  });
});

describe('cdnOf recognises the CDN', () => {
  it.each([
    ['Cloudflare', { server: 'cloudflare', 'cf-ray': '8a-FRA' }],
    ['CloudFront', { server: 'AmazonS3', 'x-amz-cf-id': 'x' }],
    ['Cloudinary', { server: 'Cloudinary', 'cf-ray': '8a-FRA' }],
    ['Fastly', { 'x-served-by': 'cache-fra-1, cache-fra-2' }],
    ['Bunny', { server: 'BunnyCDN-DE1-1081' }],
    ['nginx', { server: 'nginx/1.22.1' }],
    ['unknown', {}],
  ])('%s', (who, headers) => {
    expect(cdnOf(headers as Record<string, string>)).toBe(who);
  });
});
