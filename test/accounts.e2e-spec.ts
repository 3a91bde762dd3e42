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

let house: TestServer;
let admin: ApiClient;
const stranger = () => new ApiClient(house.url);
const NOBODY = '507f1f77bcf86cd799439011';

beforeAll(async () => {
  house = await TestServer.start({
    WORKER: 'none',
    REGISTRATIONS_PER_ADDRESS_AND_HOUR: '1000',
    LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE: '1000',
    LOGIN_ATTEMPTS_PER_MINUTE: '100',
  });
  admin = await house.admin();
});

afterAll(async () => {
  await house?.close();
});

describe('registering', () => {
  it('makes a listener who is signed in at once and can sign in again', async () => {
    const person = await newPerson(house.url);
    expect(await me(person.client)).toEqual({ id: person.id, email: person.email, role: 'LISTENER' });
    const again = new ApiClient(house.url, await login(house.url, `  ${person.email.toUpperCase()} `));
    expect((await me(again)).id).toBe(person.id);
  });

  it('can be sent again when its answer was lost, and is refused to anybody who does not know the password', async () => {
    const { email, id } = await newPerson(house.url);
    const { register } = await stranger().ask<{ register: { token: string } }>(REGISTER, {
      ...{ email, password: PASSWORD },
    });
    expect((await me(new ApiClient(house.url, register.token))).id).toBe(id);
    const answer = stranger().ask(REGISTER, { email, password: 'another long walk' });
    await expect(answer).rejects.toMatchObject({ code: 'REGISTRATION_REFUSED' });
    await expect(answer).rejects.not.toThrow(/exist|taken|already/i);
  });

  it('of the same address ten times at once makes one account', async () => {
    const email = 'all-at-once@example.com';
    const sessions = await Promise.all(
      Array.from({ length: 10 }, () =>
        stranger().ask<{ register: { token: string } }>(REGISTER, { email, password: PASSWORD }),
      ),
    );
    const people = await Promise.all(
      sessions.map(({ register }) => me(new ApiClient(house.url, register.token))),
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

describe('signing in', () => {
  it('answers a wrong password and an unknown address alike, in words and in time', async () => {
    const { email } = await newPerson(house.url);
    const ask = async (address: string) => {
      const began = performance.now();
      const error = await login(house.url, address, 'not the password').catch((e: unknown) => e);
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

  it('a hundred and more times ends the oldest sessions', async () => {
    const { email, client } = await newPerson(house.url);
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 10 }, () => login(house.url, email)));
    expect(await codeOf(me(client))).toBe('UNAUTHENTICATED');
    expect((await me(new ApiClient(house.url, await login(house.url, email)))).email).toBe(email);
  });
});

describe('a person', () => {
  it('signs out of this session, or of all', async () => {
    const { email, client } = await newPerson(house.url);
    const [second, third] = [await login(house.url, email), await login(house.url, email)].map(
      (token) => new ApiClient(house.url, token),
    );
    expect(await second!.ask('mutation { logout }')).toEqual({ logout: true });
    expect(await codeOf(me(second!))).toBe('UNAUTHENTICATED');
    expect(await codeOf(me(client))).toBe('OK');
    await client.ask('mutation { logoutEverywhere }');
    expect([await codeOf(me(client)), await codeOf(me(third!))]).toEqual([
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ]);
    expect(await codeOf(login(house.url, email))).toBe('OK');
  });

  it('changes the password, which ends every other session', async () => {
    const { email, client } = await newPerson(house.url);
    const other = new ApiClient(house.url, await login(house.url, email));
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
    expect(await codeOf(login(house.url, email))).toBe('WRONG_CREDENTIALS');
    expect(await codeOf(login(house.url, email, 'a new long walk'))).toBe('OK');
  });
});

describe('an administrator', () => {
  it('sees all accounts, newest first, page by page', async () => {
    await newPerson(house.url);
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

  it('suspends and reinstates; what was signed in before stays out', async () => {
    const { id, email, client } = await newPerson(house.url);
    const { token } = await newAccessToken(client, 'READ');
    const script = new ApiClient(house.url, token);
    await admin.ask('mutation ($id: ID!) { suspendAccount(accountId: $id) { suspendedAt } }', { id });
    expect(await codeOf(me(client))).toBe('ACCOUNT_SUSPENDED');
    expect(await codeOf(me(script))).toBe('ACCOUNT_SUSPENDED');
    expect(await codeOf(login(house.url, email))).toBe('ACCOUNT_SUSPENDED');
    expect(await codeOf(login(house.url, email, 'not the password'))).toBe('WRONG_CREDENTIALS');
    await admin.ask('mutation ($id: ID!) { reinstateAccount(accountId: $id) { suspendedAt } }', { id });
    expect(await codeOf(login(house.url, email))).toBe('OK');
    expect([await codeOf(me(client)), await codeOf(me(script))]).toEqual(['UNAUTHENTICATED', 'OK']);
  });

  it.each([
    'suspendAccount(accountId: $id)',
    'reinstateAccount(accountId: $id)',
    'changeRole(accountId: $id, role: ADMIN)',
  ])('is told when there is no such account: %s', async (field) => {
    const ask = (id: string) => codeOf(admin.ask(`mutation ($id: ID!) { ${field} { id } }`, { id }));
    expect([await ask(NOBODY), await ask('../../etc')]).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  });

  it('can never be the last to go, even when two let each other go at once', async () => {
    const change = (client: ApiClient, id: string, role: string) =>
      codeOf(
        client.ask('mutation ($id: ID!, $role: Role!) { changeRole(accountId: $id, role: $role) { id } }', {
          ...{ id, role },
        }),
      );
    const { id: first } = await me(admin);
    expect(await change(admin, first, 'LISTENER')).toBe('LAST_ADMIN');
    const suspended = admin.ask('mutation ($id: ID!) { suspendAccount(accountId: $id) { id } }', {
      id: first,
    });
    expect(await codeOf(suspended)).toBe('LAST_ADMIN');
    const { id: second, client: other } = await newPerson(house.url);
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
