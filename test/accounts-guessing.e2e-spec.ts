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

let suppliers: SharedServices;
let first: TestServer;
let second: TestServer;

beforeAll(async () => {
  suppliers = await startSharedServices();
  [first, second] = await Promise.all([
    TestServer.start({ ...suppliers.env, ...ENV }),
    TestServer.start({ ...suppliers.env, ...ENV }),
  ]);
});

afterAll(async () => {
  await Promise.all([first?.close(), second?.close()]);
  await suppliers?.stop();
});

describe('guessing passwords', () => {
  it('of one account from one address ends after a few tries, whatever the process', async () => {
    const { email } = await newPerson(first.url);
    for (let i = 0; i < ATTEMPTS; i++) {
      const answer = await tryPassword(i % 2 ? first : second, email, `guess ${i} and more`, '10.1.0.1');
      expect(answer.code).toBe('WRONG_CREDENTIALS');
    }
    for (const house of [first, second]) {
      const { code, retryAfterSeconds } = await tryPassword(house, email, PASSWORD, '10.1.0.1');
      expect(code).toBe('TOO_MANY_ATTEMPTS');
      expect(retryAfterSeconds).toBeGreaterThan(0);
      expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    }
  });

  it('locks nobody out who comes from another address', async () => {
    const { email } = await newPerson(first.url);
    for (let i = 0; i <= ATTEMPTS; i++) await tryPassword(first, email, `guess ${i}`, '10.1.1.1');
    expect((await tryPassword(first, email, PASSWORD, '10.1.1.1')).code).toBe('TOO_MANY_ATTEMPTS');
    expect((await tryPassword(second, email, PASSWORD, '10.1.1.2')).code).toBe('OK');
  });

  it('of one account from many addresses is slowed down, and the right password still signs in', async () => {
    const { email } = await newPerson(first.url);
    const guess = (i: number) => tryPassword(first, email, `guess ${i}`, `10.1.2.${i}`);
    for (let i = 0; i < ATTEMPTS + 2; i++) expect((await guess(i)).code).toBe('WRONG_CREDENTIALS');
    const began = Date.now();
    expect((await tryPassword(first, email, PASSWORD, '10.1.2.99')).code).toBe('OK');
    expect(Date.now() - began).toBeGreaterThan(900);
  });

  it('stops no device that has signed in before, not even at the address of the guesses', async () => {
    const { email } = await newPerson(first.url);
    const { device } = await tryPassword(first, email, PASSWORD, '10.1.3.1');
    for (let i = 0; i <= ATTEMPTS; i++) await tryPassword(first, email, `guess ${i}`, '10.1.3.1');
    expect((await tryPassword(second, email, PASSWORD, '10.1.3.1')).code).toBe('TOO_MANY_ATTEMPTS');
    expect((await tryPassword(second, email, PASSWORD, '10.1.3.1', device)).code).toBe('OK');
  });

  it('from a device that has signed in before ends as well, and what a stranger makes up is no such device', async () => {
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

  it('is stopped alike for an address without an account, so that this tells nothing', async () => {
    const codes: string[] = [];
    for (let i = 0; i <= ATTEMPTS; i++)
      codes.push((await tryPassword(first, 'nobody@example.com', 'guess', '10.2.0.1')).code);
    expect(codes).toEqual([...Array<string>(ATTEMPTS).fill('WRONG_CREDENTIALS'), 'TOO_MANY_ATTEMPTS']);
  });

  it('of many accounts from one address ends, too, and stops nobody else; an IPv6 customer has one address', async () => {
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

  it('is no reason to stop those who know theirs', async () => {
    const { email } = await newPerson(first.url);
    for (let i = 0; i < 3 * ATTEMPTS; i++)
      expect((await tryPassword(first, email, PASSWORD, '10.3.0.1')).code).toBe('OK');
  });
});

// Last: Redis does not come back.
describe('while Redis is away', () => {
  it('people sign in, and guessing is still stopped, by each process for itself', async () => {
    const { email } = await newPerson(first.url);
    suppliers.redis.kill('SIGKILL');
    expect((await tryPassword(first, email, PASSWORD, '10.4.0.1')).code).toBe('OK');
    const codes: string[] = [];
    for (let i = 0; i <= ATTEMPTS; i++)
      codes.push((await tryPassword(first, email, 'guess', '10.4.1.1')).code);
    expect(codes.at(-1)).toBe('TOO_MANY_ATTEMPTS');
    expect(codes.filter((code) => code === 'WRONG_CREDENTIALS')).toHaveLength(ATTEMPTS);
  });
});
