import { describe, expect, it } from '@jest/globals';
import { mediaOrigins } from './media-origins.js';

describe('mediaOrigins', () => {
  it('is empty without CDN_BASE_URL and PUBLIC_URL', () => {
    expect(mediaOrigins({})).toEqual([]);
  });

  it.each([
    ['a CDN with a path', 'https://cdn.example:8443/media', 'https://cdn.example:8443'],
    ['a bucket', 'https://media.example', 'https://media.example'],
    ['a store itself', 'https://res.cloudinary.com/demo/raw/upload', 'https://res.cloudinary.com'],
    ['a name outside ASCII', 'https://müsik.example', 'https://xn--msik-0ra.example'],
    ['a default port', 'HTTPS://CDN.example:443', 'https://cdn.example'],
  ])('includes %s', (_what, CDN_BASE_URL, origin) => {
    expect(mediaOrigins({ CDN_BASE_URL, PUBLIC_URL: 'https://music.example/' })).toEqual([
      origin,
      'https://music.example',
    ]);
  });

  it('has each origin once', () => {
    expect(
      mediaOrigins({ CDN_BASE_URL: 'https://a.example/media', PUBLIC_URL: 'https://a.example' }),
    ).toEqual(['https://a.example']);
  });
});
