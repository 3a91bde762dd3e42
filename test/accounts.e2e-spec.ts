import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { ADMIN, TestServer } from './support/test-server.js';
import {
  codeOf,
  login,
  me,
  newAccessToken,
  newPerson,
  PASSWORD,
  REGISTER,
} from './support/account-clients.js';

let server: TestServer;
let admin: ApiClient;
const stranger = () => new ApiClient(server.url);
const NOBODY = '507f1f77bcf86cd799439011';

beforeAll(async () => {
  server = await TestServer.start({
    WORKER: 'none',
    REGISTRATIONS_PER_ADDRESS_AND_HOUR: '1000',
    LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE: '1000',
    LOGIN_ATTEMPTS_PER_MINUTE: '100',
  });
  admin = await server.admin();
});

afterAll(async () => {
  await server?.close();
});

describe('registering', () => {
  it('creates a listener who is signed in at once and can sign in again', async () => {
    const person = await newPerson(server.url);
    expect(await me(person.client)).toEqual({ id: person.id, email: person.email, role: 'LISTENER' });
    const again = new ApiClient(server.url, await login(server.url, `  ${person.email.toUpperCase()} `));
    expect((await me(again)).id).toBe(person.id);
  });

  it('can be repeated after a lost response, and is refused without the right password', async () => {
    const { email, id } = await newPerson(server.url);
    const { register } = await stranger().ask<{ register: { token: string } }>(REGISTER, {
      email,
      password: PASSWORD,
    });
    expect((await me(new ApiClient(server.url, register.token))).id).toBe(id);
    const answer = stranger().ask(REGISTER, { email, password: 'another long walk' });
    await expect(answer).rejects.toMatchObject({ code: 'REGISTRATION_REFUSED' });
    await expect(answer).rejects.not.toThrow(/exist|taken|already/i);
  });

  it('with the same address ten times at once creates one account', async () => {
    const email = 'all-at-once@example.com';
    const sessions = await Promise.all(
      Array.from({ length: 10 }, () =>
        stranger().ask<{ register: { token: string } }>(REGISTER, { email, password: PASSWORD }),
      ),
    );
    const people = await Promise.all(
      sessions.map(({ register }) => me(new ApiClient(server.url, register.token))),
    );
    expect(new Set(people.map(({ id }) => id)).size).toBe(1);
  });

  it.each([
    ['short', 'WEAK_PASSWORD'],
    ['password1234', 'WEAK_PASSWORD'],
    ['QwertyUiop', 'WEAK_PASSWORD'],
    ['abcabcabcabc', 'WEAK_PASSWORD'],
    ['Rules@Example.com', 'WEAK_PASSWORD'],
    ['x1'.repeat(129), 'WEAK_PASSWORD'],
    ['ten chars!', 'OK'],
  ])('with the password %p says %s', async (password, code) => {
    expect(await codeOf(stranger().ask(REGISTER, { email: 'rules@example.com', password }))).toBe(code);
  });

  it.each(['', 'nobody', 'a@b@c', `${'a'.repeat(250)}@example.com`, 'a\u0000@example.com', '{"$gt":""}'])(
    'refuses %p as an address',
    async (email) => {
      expect(await codeOf(stranger().ask(REGISTER, { email, password: PASSWORD }))).toBe('BAD_INPUT');
    },
  );
});

describe('login', () => {
  it('answers a wrong password and an unknown address with the same message in the same time', async () => {
    const { email } = await newPerson(server.url);
    const ask = async (address: string) => {
      const began = performance.now();
      const error = await login(server.url, address, 'not the password').catch((e: unknown) => e);
      return { error, ms: performance.now() - began };
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < 15; i++) {
      const [one, other] = [await ask(email), await ask(`nobody-${i}@example.com`)];
      expect(one.error).toEqual(other.error);
      known.push(one.ms);
      unknown.push(other.ms);
    }
    const median = (times: number[]) => times.sort((a, b) => a - b)[7]!;
    const ratio = median(known) / median(unknown);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('more than a hundred times ends the oldest sessions', async () => {
    const { email, client } = await newPerson(server.url);
    for (let i = 0; i < 10; i++)
      await Promise.all(Array.from({ length: 10 }, () => login(server.url, email)));
    expect(await codeOf(me(client))).toBe('UNAUTHENTICATED');
    expect((await me(new ApiClient(server.url, await login(server.url, email)))).email).toBe(email);
  });
});

describe('a user', () => {
  it('can end the current session or all sessions', async () => {
    const { email, client } = await newPerson(server.url);
    const [second, third] = [await login(server.url, email), await login(server.url, email)].map(
      (token) => new ApiClient(server.url, token),
    );
    expect(await second!.ask('mutation { logout }')).toEqual({ logout: true });
    expect(await codeOf(me(second!))).toBe('UNAUTHENTICATED');
    expect(await codeOf(me(client))).toBe('OK');
    await client.ask('mutation { logoutEverywhere }');
    expect([await codeOf(me(client)), await codeOf(me(third!))]).toEqual([
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ]);
    expect(await codeOf(login(server.url, email))).toBe('OK');
  });

  it('can change the password, which ends all other sessions', async () => {
    const { email, client } = await newPerson(server.url);
    const other = new ApiClient(server.url, await login(server.url, email));
    const change = (current: string, next: string) =>
      codeOf(
        client.ask(
          'mutation ($current: String!, $next: String!) { changePassword(current: $current, next: $next) { id } }',
          { current, next },
        ),
      );
    expect(await change('not the password', 'a new long walk')).toBe('WRONG_CREDENTIALS');
    expect(await change(PASSWORD, '1234567890')).toBe('WEAK_PASSWORD');
    expect(await change(PASSWORD, 'a new long walk')).toBe('OK');
    expect([await codeOf(me(client)), await codeOf(me(other))]).toEqual(['OK', 'UNAUTHENTICATED']);
    expect(await codeOf(login(server.url, email))).toBe('WRONG_CREDENTIALS');
    expect(await codeOf(login(server.url, email, 'a new long walk'))).toBe('OK');
  });
});

describe('an administrator', () => {
  it('sees all accounts, newest first, page by page', async () => {
    await newPerson(server.url);
    const seen: string[] = [];
    let after: string | null = null;
    for (let more = true; more;) {
      type Answer = {
        accounts: {
          edges: { node: { id: string; email: string } }[];
          pageInfo: { hasNextPage: boolean; endCursor: string };
          totalCount: number;
        };
      };
      const { accounts }: Answer = await admin.ask<Answer>(
        `query ($after: String) { accounts(first: 3, after: $after) {
          totalCount edges { node { id email createdAt } } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      seen.push(...accounts.edges.map(({ node }) => node.id));
      if (!accounts.pageInfo.hasNextPage) expect(accounts.edges.at(-1)!.node.email).toBe(ADMIN.email);
      if (!accounts.pageInfo.hasNextPage) expect(seen).toHaveLength(accounts.totalCount);
      after = accounts.pageInfo.endCursor;
      more = accounts.pageInfo.hasNextPage;
    }
    expect(seen).toEqual([...seen].sort().reverse());
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('can suspend and reinstate an account, whose earlier sessions stay ended', async () => {
    const { id, email, client } = await newPerson(server.url);
    const { token } = await newAccessToken(client, 'READ');
    const script = new ApiClient(server.url, token);
    await admin.ask('mutation ($id: ID!) { suspendAccount(accountId: $id) { suspendedAt } }', { id });
    expect(await codeOf(me(client))).toBe('ACCOUNT_SUSPENDED');
    expect(await codeOf(me(script))).toBe('ACCOUNT_SUSPENDED');
    expect(await codeOf(login(server.url, email))).toBe('ACCOUNT_SUSPENDED');
    expect(await codeOf(login(server.url, email, 'not the password'))).toBe('WRONG_CREDENTIALS');
    await admin.ask('mutation ($id: ID!) { reinstateAccount(accountId: $id) { suspendedAt } }', { id });
    expect(await codeOf(login(server.url, email))).toBe('OK');
    expect([await codeOf(me(client)), await codeOf(me(script))]).toEqual(['UNAUTHENTICATED', 'OK']);
  });

  it.each([
    'suspendAccount(accountId: $id)',
    'reinstateAccount(accountId: $id)',
    'changeRole(accountId: $id, role: ADMIN)',
  ])('gets NOT_FOUND for an unknown account: %s', async (field) => {
    const ask = (id: string) => codeOf(admin.ask(`mutation ($id: ID!) { ${field} { id } }`, { id }));
    expect([await ask(NOBODY), await ask('../../etc')]).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  });

  it('cannot be the last one removed, even when two remove each other at once', async () => {
    const change = (client: ApiClient, id: string, role: string) =>
      codeOf(
        client.ask('mutation ($id: ID!, $role: Role!) { changeRole(accountId: $id, role: $role) { id } }', {
          id,
          role,
        }),
      );
    const { id: first } = await me(admin);
    expect(await change(admin, first, 'LISTENER')).toBe('LAST_ADMIN');
    const suspended = admin.ask('mutation ($id: ID!) { suspendAccount(accountId: $id) { id } }', {
      id: first,
    });
    expect(await codeOf(suspended)).toBe('LAST_ADMIN');
    const { id: second, client: other } = await newPerson(server.url);
    expect(await change(admin, second, 'ADMIN')).toBe('OK');
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all([
        change(admin, second, 'LISTENER'),
        change(other, first, 'LISTENER'),
      ]);
      expect(answers.filter((code) => code === 'OK').length).toBeLessThanOrEqual(1);
      const survivor = (await me(admin)).role === 'ADMIN' ? admin : other;
      expect((await me(survivor)).role).toBe('ADMIN');
      for (const id of [first, second]) await change(survivor, id, 'ADMIN');
    }
    await change(admin, second, 'LISTENER');
  });
});
