import { describe, expect, it } from '@jest/globals';
import { policyAllows } from './content-policy.js';

const page = new URL('https://music.example/');
const allows = (policy: string | string[], url = 'https://cdn.example/media/songs/1/master.m3u8') =>
  policyAllows([policy].flat(), 'connect-src', new URL(url), page);

describe('policyAllows', () => {
  it.each([
    ['no policy', []],
    ['a policy of something else', "script-src 'self'"],
    ['the origin', "connect-src 'self' https://cdn.example"],
    ['the origin in capitals', 'CONNECT-SRC HTTPS://CDN.EXAMPLE'],
    ['the host', 'connect-src cdn.example'],
    ['its http origin', 'connect-src http://cdn.example'],
    ['every host below', 'connect-src *.example'],
    ['every host', 'connect-src *'],
    ['the scheme', 'connect-src https:'],
    ['any port', 'connect-src https://cdn.example:*'],
    ['the path', 'connect-src https://cdn.example/media/'],
    ['the default', 'default-src https://cdn.example'],
    ['all of several', ['connect-src https:', 'default-src https://cdn.example, connect-src *']],
  ])('allows a URL that the policy allows by %s', (_what, policy) => expect(allows(policy)).toBe(true));

  it.each([
    ['only the page itself', "connect-src 'self'"],
    ['nothing', "connect-src 'none'"],
    ['nothing, by an empty list', 'connect-src'],
    ['another host', 'connect-src https://cdn.example.org'],
    ['hosts below it', 'connect-src *.cdn.example'],
    ['another port', 'connect-src https://cdn.example:8443'],
    ['another path', 'connect-src https://cdn.example/med'],
    ['only one of several policies', ['connect-src *', "default-src 'self'"]],
    ['the directive over the default', "default-src *; connect-src 'self'"],
    ['the first of two', "connect-src 'self'; connect-src *"],
  ])('refuses a URL where the policy allows %s', (_what, policy) => expect(allows(policy)).toBe(false));

  it("matches 'self' with the page's own origin, also when upgraded to https", () => {
    expect(allows("connect-src 'self'", 'https://music.example/graphql')).toBe(true);
    expect(policyAllows(["img-src 'self'"], 'img-src', new URL('http://music.example/a'), page)).toBe(false);
  });
});
