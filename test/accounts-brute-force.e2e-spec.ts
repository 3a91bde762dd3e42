import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestServer } from './support/test-server.js';
import { newPerson, PASSWORD, tryPassword } from './support/account-clients.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';

const ATTEMPTS = 5;
const ENV = {
  WORKER: 'none',
  LOGIN_ATTEMPTS_PER_MINUTE: String(ATTEMPTS),
  LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE: '20',
  TRUST_PROXY: 'loopback',
};

let services: SharedServices;
let first: TestServer;
let second: TestServer;

beforeAll(async () => {
  services = await startSharedServices();
  [first, second] = await Promise.all([
    TestServer.start({ ...services.env, ...ENV }),
    TestServer.start({ ...services.env, ...ENV }),
  ]);
});

afterAll(async () => {
  await Promise.all([first?.close(), second?.close()]);
  await services?.stop();
});

describe('guessing passwords', () => {
  it('for one account from one address is blocked after a few attempts, on every process', async () => {
    const { email } = await newPerson(first.url);
    for (let i = 0; i < ATTEMPTS; i++) {
      const answer = await tryPassword(i % 2 ? first : second, email, `guess ${i} and more`, '10.1.0.1');
      expect(answer.code).toBe('WRONG_CREDENTIALS');
    }
    for (const server of [first, second]) {
      const { code, retryAfterSeconds } = await tryPassword(server, email, PASSWORD, '10.1.0.1');
      expect(code).toBe('TOO_MANY_ATTEMPTS');
      expect(retryAfterSeconds).toBeGreaterThan(0);
      expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    }
  });

  it('does not lock out the owner at another address', async () => {
    const { email } = await newPerson(first.url);
    for (let i = 0; i <= ATTEMPTS; i++) await tryPassword(first, email, `guess ${i}`, '10.1.1.1');
    expect((await tryPassword(first, email, PASSWORD, '10.1.1.1')).code).toBe('TOO_MANY_ATTEMPTS');
    expect((await tryPassword(second, email, PASSWORD, '10.1.1.2')).code).toBe('OK');
  });

  it('for one account from many addresses is slowed down, and the right password still signs in', async () => {
    const { email } = await newPerson(first.url);
    const guess = (i: number) => tryPassword(first, email, `guess ${i}`, `10.1.2.${i}`);
    for (let i = 0; i < ATTEMPTS + 2; i++) expect((await guess(i)).code).toBe('WRONG_CREDENTIALS');
    const began = Date.now();
    expect((await tryPassword(first, email, PASSWORD, '10.1.2.99')).code).toBe('OK');
    expect(Date.now() - began).toBeGreaterThan(900);
  });

  it('does not block a device that has signed in before, not even at the address of the guesses', async () => {
    const { email } = await newPerson(first.url);
    const { device } = await tryPassword(first, email, PASSWORD, '10.1.3.1');
    for (let i = 0; i <= ATTEMPTS; i++) await tryPassword(first, email, `guess ${i}`, '10.1.3.1');
    expect((await tryPassword(second, email, PASSWORD, '10.1.3.1')).code).toBe('TOO_MANY_ATTEMPTS');
    expect((await tryPassword(second, email, PASSWORD, '10.1.3.1', device)).code).toBe('OK');
  });

  it('from a known device is blocked as well, and an invented device token is not accepted', async () => {
    const { email } = await newPerson(first.url);
    const { device } = await tryPassword(first, email, PASSWORD, '10.1.4.1');
    const codes: string[] = [];
    for (let i = 0; i <= ATTEMPTS; i++)
      codes.push((await tryPassword(first, email, `guess ${i}`, `10.1.4.${i}`, device)).code);
    expect(codes).toEqual([...Array<string>(ATTEMPTS).fill('WRONG_CREDENTIALS'), 'TOO_MANY_ATTEMPTS']);
    const { device: foreign } = await tryPassword(
      first,
      (await newPerson(first.url)).email,
      PASSWORD,
      '10.1.4.1',
    );
    for (let i = 0; i <= ATTEMPTS; i++) await tryPassword(first, email, `guess ${i}`, '10.1.5.1', foreign);
    expect((await tryPassword(first, email, PASSWORD, '10.1.5.1', foreign)).code).toBe('TOO_MANY_ATTEMPTS');
  });

  it('is blocked alike for an e-mail address without an account, so that blocking reveals nothing', async () => {
    const codes: string[] = [];
    for (let i = 0; i <= ATTEMPTS; i++)
      codes.push((await tryPassword(first, 'nobody@example.com', 'guess', '10.2.0.1')).code);
    expect(codes).toEqual([...Array<string>(ATTEMPTS).fill('WRONG_CREDENTIALS'), 'TOO_MANY_ATTEMPTS']);
  });

  it('for many accounts from one address is blocked for that address alone; an IPv6 /64 is one address', async () => {
    const { email } = await newPerson(first.url);
    const codes: string[] = [];
    for (let i = 0; i < 25; i++)
      codes.push(
        (await tryPassword(first, `somebody-${i}@example.com`, 'guess', `2001:db8:0:7::${i + 1}`)).code,
      );
    expect(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(5);
    expect((await tryPassword(second, email, PASSWORD, '2001:db8:0:7:1234::1')).code).toBe(
      'TOO_MANY_ATTEMPTS',
    );
    expect((await tryPassword(second, email, PASSWORD, '2001:db8:0:8::1')).code).toBe('OK');
  });

  it('does not block users with the right password', async () => {
    const { email } = await newPerson(first.url);
    for (let i = 0; i < 3 * ATTEMPTS; i++)
      expect((await tryPassword(first, email, PASSWORD, '10.3.0.1')).code).toBe('OK');
  });
});

// This test comes last, because Redis is not started again.
describe('while Redis is down', () => {
  it('users can sign in, and each process still blocks guessing on its own', async () => {
    const { email } = await newPerson(first.url);
    services.redis.signal('SIGKILL');
    expect((await tryPassword(first, email, PASSWORD, '10.4.0.1')).code).toBe('OK');
    const codes: string[] = [];
    for (let i = 0; i <= ATTEMPTS; i++)
      codes.push((await tryPassword(first, email, 'guess', '10.4.1.1')).code);
    expect(codes.at(-1)).toBe('TOO_MANY_ATTEMPTS');
    expect(codes.filter((code) => code === 'WRONG_CREDENTIALS')).toHaveLength(ATTEMPTS);
  });
});
