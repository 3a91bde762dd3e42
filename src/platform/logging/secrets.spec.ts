import { describe, expect, it } from '@jest/globals';
import { Config } from '../config/config.js';
import { secretsOf, withoutSecrets, withoutSecretShapes } from './secrets.js';

const NOWHERE = { mongodbUri: 'mongodb://127.0.0.1/music', redisUrl: 'redis://127.0.0.1' };

function cleaned(text: string, env: Record<string, string>, urls: Partial<typeof NOWHERE> = {}): string {
  return withoutSecrets(secretsOf(Config.load(env), { ...NOWHERE, ...urls }))(text);
}

describe('a line of the log', () => {
  it('loses the passwords of connection strings, as they were written and as they are meant', () => {
    const urls = {
      mongodbUri: 'mongodb://app:p%40ss-word@one:27017,two:27017/music?replicaSet=a',
      redisUrl: 'rediss://default:hunter2hunter2@redis.example.com',
    };
    const said =
      'connecting to mongodb://app:p%40ss-word@one,two failed: AUTH default hunter2hunter2, p@ss-word';
    expect(cleaned(said, {}, urls)).toBe(
      'connecting to mongodb://app:[secret]@one,two failed: AUTH default [secret], [secret]',
    );
  });

  it('loses a secret that holds quotes, which JSON writes differently', () => {
    const password = 'correct "horse" battery';
    expect(cleaned(JSON.stringify({ msg: `login ${password}` }), { ADMIN_PASSWORD: password })).toBe(
      '{"msg":"login [secret]"}',
    );
  });

  it('loses every ticket secret, also one that begins another', () => {
    const short = 'a'.repeat(32);
    const env = { STREAM_PROTECTION: 'ticket', STREAM_TICKET_SECRETS: `${short},${short}bcd` };
    expect(cleaned(`${short}bcd ${short}`, env)).toBe('[secret] [secret]');
  });

  it('loses a password that holds an "@", which URLs allow', () => {
    const urls = { redisUrl: 'redis://:p@ssword@redis.example.com' };
    expect(cleaned('AUTH p@ssword', {}, urls)).toBe('AUTH [secret]');
  });

  it('has everything that looks like a secret removed, from any source', () => {
    const said =
      'redis://:pw@h:1 and mongodb+srv://a:b@c/d, Bearer abcdefgh1234, hmb_pat_x-1_y, https://s3/x?a=1&X-Amz-Signature=ff';
    expect(withoutSecretShapes(said)).toBe(
      'redis://[secret]@h:1 and mongodb+srv://[secret]@c/d, Bearer [secret], [secret], https://s3/x?a=1&X-Amz-Signature=[secret]',
    );
  });

  it('keeps everything where nothing secret was given', () => {
    expect(cleaned('song 1: queued', {})).toBe('song 1: queued');
  });
});
