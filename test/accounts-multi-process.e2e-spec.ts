import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { codeOf, login, me, newAccessToken, newPerson, PASSWORD } from './support/account-clients.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';

const ENV = { WORKER: 'none' };

let services: SharedServices;
let first: TestServer;
let second: TestServer;
let admin: ApiClient;

beforeAll(async () => {
  services = await startSharedServices();
  [first, second] = await Promise.all([
    TestServer.start({ ...services.env, ...ENV }),
    TestServer.start({ ...services.env, ...ENV }),
  ]);
  admin = await eventually(() => first.admin());
});

afterAll(async () => {
  await Promise.all([first?.close(), second?.close()]);
  await services?.stop();
});

const atSecond = (token: string) => new ApiClient(second.url, token);

describe('an API process refuses at once', () => {
  it('a session that signed out on another process', async () => {
    for (let i = 0; i < 5; i++) {
      const { client, token } = await newPerson(first.url);
      // Ask twice, so that the other process certainly answers from its own memory.
      expect([await codeOf(me(atSecond(token))), await codeOf(me(atSecond(token)))]).toEqual(['OK', 'OK']);
      await client.ask('mutation { logout }');
      expect(await codeOf(me(atSecond(token)))).toBe('UNAUTHENTICATED');
    }
  });

  it('all sessions of an account that signed out everywhere or changed its password on another process', async () => {
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

  it('an access token that was revoked on another process', async () => {
    const { client } = await newPerson(first.url);
    const { token, id } = await newAccessToken(client, 'READ');
    expect(await codeOf(me(atSecond(token)))).toBe('OK');
    await client.ask('mutation ($id: ID!) { revokeAccessToken(id: $id) { id } }', { id });
    expect(await codeOf(me(atSecond(token)))).toBe('UNAUTHENTICATED');
  });

  it('a suspended account and a role that was withdrawn on another process', async () => {
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

describe('the withdrawal of a right that another process cannot receive', () => {
  const revoke = (client: ApiClient, id: string) =>
    client.ask('mutation ($id: ID!) { revokeAccessToken(id: $id) { id } }', { id });

  it('is UNAVAILABLE while Redis is frozen, and takes effect everywhere as soon as Redis answers', async () => {
    const { client } = await newPerson(first.url);
    const { token, id } = await newAccessToken(client, 'READ');
    expect(await codeOf(me(atSecond(token)))).toBe('OK');
    services.redis.signal('SIGSTOP');
    try {
      await expect(revoke(client, id)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        details: { done: true },
      });
      expect(await codeOf(me(new ApiClient(first.url, token)))).toBe('UNAUTHENTICATED');
    } finally {
      services.redis.signal('SIGCONT');
    }
    await eventually(async () => (await codeOf(me(atSecond(token)))) === 'UNAUTHENTICATED', { seconds: 5 });
  });

  it('is UNAVAILABLE while the other process is frozen, and succeeds when it runs again', async () => {
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

describe('a session beyond the limit of an account', () => {
  it('ends the session that was unused longest, not the oldest one in use', async () => {
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

// These tests come last, because Redis is not started again.
describe('while Redis is down', () => {
  it('a session ended on one process is refused by the other within two seconds', async () => {
    const token = await login(first.url, 'admin@example.com', 'correct horse battery');
    services.redis.signal('SIGKILL');
    await me(atSecond(token));
    expect(await codeOf(new ApiClient(first.url, token).ask('mutation { logout }'))).toBe('UNAVAILABLE');
    await eventually(async () => (await codeOf(me(atSecond(token)))) === 'UNAUTHENTICATED', { seconds: 2 });
  });
});
