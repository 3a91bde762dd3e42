import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { eventually, House } from './support/house.js';
import { codeOf, login, me, newAccessToken, newPerson, PASSWORD } from './support/people-clients.js';
import { startSharedSuppliers, type SharedSuppliers } from './support/suppliers.js';

const ATTEMPTS = 5;
const ENV = {
  WORKER: 'none',
  LOGIN_ATTEMPTS_PER_MINUTE: String(ATTEMPTS),
  LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE: '20',
  TRUST_PROXY: 'loopback',
};

let suppliers: SharedSuppliers;
let first: House;
let second: House;
let admin: ApiClient;

beforeAll(async () => {
  suppliers = await startSharedSuppliers();
  [first, second] = await Promise.all([
    House.open({ ...suppliers.env, ...ENV }),
    House.open({ ...suppliers.env, ...ENV }),
  ]);
  admin = await eventually(() => first.admin());
});

afterAll(async () => {
  await Promise.all([first?.close(), second?.close()]);
  await suppliers?.stop();
});

const atSecond = (token: string) => new ApiClient(second.url, token);

/** Tries a password from an address of the test's choosing, by way of a proxy; with a device token when there is one. */
async function tryPassword(
  house: House,
  email: string,
  password: string,
  address: string,
  device: string | null = null,
) {
  const query = `mutation ($email: String!, $password: String!, $device: String) {
    login(email: $email, password: $password, device: $device) { device } }`;
  const response = await fetch(`${house.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ query, variables: { email, password, device } }),
  });
  const { data, errors } = (await response.json()) as {
    data?: { login: { device: string } };
    errors?: { extensions: { code: string; retryAfterSeconds?: number } }[];
  };
  return { ...(errors?.[0]?.extensions ?? { code: 'OK' }), device: data?.login?.device ?? null };
}

describe('what ends on one API process is refused by the other at once', () => {
  it('a session that signs out', async () => {
    for (let i = 0; i < 5; i++) {
      const { client, token } = await newPerson(first.url);
      // Twice, so that the other surely answers from its own memory.
      expect([await codeOf(me(atSecond(token))), await codeOf(me(atSecond(token)))]).toEqual(['OK', 'OK']);
      await client.ask('mutation { logout }');
      expect(await codeOf(me(atSecond(token)))).toBe('UNAUTHENTICATED');
    }
  });

  it('all sessions of a person who signs out everywhere, or changes the password', async () => {
    const { client, email, token } = await newPerson(first.url);
    const other = await login(first.url, email);
    await Promise.all([me(atSecond(token)), me(atSecond(other))]);
    await client.ask(
      `mutation { changePassword(current: "${PASSWORD}", next: "another walk by the sea") { id } }`,
    );
    expect([await codeOf(me(atSecond(token))), await codeOf(me(atSecond(other)))]).toEqual([
      'OK',
      'UNAUTHENTICATED',
    ]);
    await client.ask('mutation { logoutEverywhere }');
    expect(await codeOf(me(atSecond(token)))).toBe('UNAUTHENTICATED');
  });

  it('an access token that is revoked', async () => {
    const { client } = await newPerson(first.url);
    const { token, id } = await newAccessToken(client, 'READ');
    expect(await codeOf(me(atSecond(token)))).toBe('OK');
    await client.ask('mutation ($id: ID!) { revokeAccessToken(id: $id) { id } }', { id });
    expect(await codeOf(me(atSecond(token)))).toBe('UNAUTHENTICATED');
  });

  it('an account that is suspended, and a role that is taken away', async () => {
    const { id, token } = await newPerson(first.url);
    const accounts = () => codeOf(atSecond(token).ask('{ accounts { totalCount } }'));
    const change = (role: string) =>
      admin.ask(`mutation { changeRole(accountId: "${id}", role: ${role}) { id } }`);
    expect(await accounts()).toBe('FORBIDDEN');
    await change('ADMIN');
    expect(await accounts()).toBe('OK');
    await change('LISTENER');
    expect(await accounts()).toBe('FORBIDDEN');
    await admin.ask(`mutation { suspendAccount(accountId: "${id}") { id } }`);
    expect(await codeOf(me(atSecond(token)))).toBe('ACCOUNT_SUSPENDED');
  });
});

describe('a right that is taken away while a process cannot hear of it', () => {
  const revoke = (client: ApiClient, id: string) =>
    client.ask('mutation ($id: ID!) { revokeAccessToken(id: $id) { id } }', { id });

  it('is UNAVAILABLE while Redis is frozen, and gone everywhere as soon as it is not', async () => {
    const { client } = await newPerson(first.url);
    const { token, id } = await newAccessToken(client, 'READ');
    expect(await codeOf(me(atSecond(token)))).toBe('OK');
    suppliers.redis.kill('SIGSTOP');
    try {
      await expect(revoke(client, id)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        details: { done: true },
      });
      expect(await codeOf(me(new ApiClient(first.url, token)))).toBe('UNAUTHENTICATED');
    } finally {
      suppliers.redis.kill('SIGCONT');
    }
    await eventually(async () => (await codeOf(me(atSecond(token)))) === 'UNAUTHENTICATED', { seconds: 5 });
  });

  it('is UNAVAILABLE while another process is frozen, and can be taken away again when it is not', async () => {
    const { client, id: accountId } = await newPerson(first.url);
    const { token, id } = await newAccessToken(client, 'READ');
    expect(await codeOf(me(atSecond(token)))).toBe('OK');
    const change = (role: string) =>
      admin.ask(`mutation { changeRole(accountId: "${accountId}", role: ${role}) { id } }`);
    second.child.kill('SIGSTOP');
    try {
      await expect(revoke(client, id)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        details: { done: true },
      });
      await expect(change('ADMIN')).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { done: true } });
    } finally {
      second.child.kill('SIGCONT');
    }
    await change('ADMIN');
    await revoke(client, id);
    expect(await codeOf(me(atSecond(token)))).toBe('UNAUTHENTICATED');
    expect(await codeOf(revoke(client, id))).toBe('NOT_FOUND');
  });
});

describe('more sessions than an account may have', () => {
  it('end the one that was unused longest, not the oldest that is in use', async () => {
    const { client, email, token } = await newPerson(first.url);
    const unused = await login(first.url, email);
    for (let i = 0; i < 110; i++) {
      const fresh = await login(first.url, email);
      await me(new ApiClient(first.url, fresh));
      await me(client);
    }
    expect(await codeOf(me(atSecond(token)))).toBe('OK');
    expect(await codeOf(me(atSecond(unused)))).toBe('UNAUTHENTICATED');
  });
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

  it('a session ended on one process is refused by the other within two seconds', async () => {
    const token = await login(first.url, 'admin@example.com', 'correct horse battery');
    await me(atSecond(token));
    expect(await codeOf(new ApiClient(first.url, token).ask('mutation { logout }'))).toBe('UNAVAILABLE');
    await eventually(async () => (await codeOf(me(atSecond(token)))) === 'UNAUTHENTICATED', { seconds: 2 });
  });
});
