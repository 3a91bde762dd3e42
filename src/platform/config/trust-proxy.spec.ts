import { describe, expect, it } from '@jest/globals';
import { Config } from './config.js';

describe('TRUST_PROXY', () => {
  it.each([
    '1',
    '0',
    'loopback',
    'loopback, uniquelocal',
    '10.0.0.0/8,192.168.1.7',
    'fd00::/8',
    '::1',
    '::ffff:10.0.0.1',
  ])('accepts %s', (value) => {
    expect(Config.load({ TRUST_PROXY: value }).TRUST_PROXY).toBe(value);
  });

  it.each(['banana', 'true', 'loopback,banana', '10.0.0', 'proxy.example.com', '1,2'])(
    'refuses %s at start, not in the middle of a request',
    (value) => {
      expect(() => Config.load({ TRUST_PROXY: value })).toThrow(/TRUST_PROXY/);
    },
  );
});
