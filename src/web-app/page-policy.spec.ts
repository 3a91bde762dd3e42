import { describe, expect, it } from '@jest/globals';
import { pagePolicy } from './page-policy.js';

const directives = (policy: string) =>
  new Map(policy.split('; ').map((each) => [each.split(' ')[0], each.split(' ').slice(1)]));

describe('pagePolicy', () => {
  it('denies everything by default, and allows scripts only from our own files', () => {
    const policy = directives(pagePolicy({ host: 'music.example', media: [] }));
    expect(policy.get('default-src')).toEqual(["'none'"]);
    expect(policy.get('script-src')).toEqual(["'self'"]);
    expect([...policy.values()].flat()).not.toContain("'unsafe-inline'");
    expect([...policy.values()].flat()).not.toContain("'unsafe-eval'");
  });

  it('allows WebSockets to the host that served the page', () => {
    const policy = directives(pagePolicy({ host: 'music.example:8443', media: [] }));
    expect(policy.get('connect-src')).toEqual([
      "'self'",
      'ws://music.example:8443',
      'wss://music.example:8443',
    ]);
  });

  it('allows media, but no scripts, from the media origins', () => {
    const policy = directives(pagePolicy({ host: undefined, media: ['https://cdn.example'] }));
    for (const directive of ['img-src', 'media-src', 'connect-src'])
      expect(policy.get(directive)).toContain('https://cdn.example');
    expect(policy.get('script-src')).not.toContain('https://cdn.example');
  });

  it('allows the scheme for an IPv6 address, which a policy cannot contain', () => {
    const policy = directives(pagePolicy({ host: undefined, media: ['http://[::1]:8080'] }));
    expect(policy.get('media-src')).toEqual(["'self'", 'blob:', 'http:']);
  });
});
