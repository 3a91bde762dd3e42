import { describe, expect, it } from '@jest/globals';
import { pagePolicy } from './page-policy.js';

const directives = (policy: string) =>
  new Map(policy.split('; ').map((each) => [each.split(' ')[0], each.split(' ').slice(1)]));

describe('the policy of the page', () => {
  it('allows nothing that it does not name, and no script but our files', () => {
    const policy = directives(pagePolicy({ host: 'music.example', media: [] }));
    expect(policy.get('default-src')).toEqual(["'none'"]);
    expect(policy.get('script-src')).toEqual(["'self'"]);
    expect([...policy.values()].flat()).not.toContain("'unsafe-inline'");
    expect([...policy.values()].flat()).not.toContain("'unsafe-eval'");
  });

  it('lets the page hear news from the host it came from', () => {
    const policy = directives(pagePolicy({ host: 'music.example:8443', media: [] }));
    expect(policy.get('connect-src')).toEqual([
      "'self'",
      'ws://music.example:8443',
      'wss://music.example:8443',
    ]);
  });

  it('lets sound and pictures come from where they are served', () => {
    const policy = directives(pagePolicy({ host: undefined, media: ['https://cdn.example'] }));
    for (const directive of ['img-src', 'media-src', 'connect-src'])
      expect(policy.get(directive)).toContain('https://cdn.example');
    expect(policy.get('script-src')).not.toContain('https://cdn.example');
  });

  it('names the scheme where an address cannot be written', () => {
    const policy = directives(pagePolicy({ host: undefined, media: ['http://[::1]:8080'] }));
    expect(policy.get('media-src')).toEqual(["'self'", 'blob:', 'http:']);
  });
});
