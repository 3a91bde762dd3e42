import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { ApiClient } from '../src/cli/api-client.js';
import { OWNER_RULES, type TestUsers, type TestUserName } from './support/authorisation-owners.js';
import { probe, rootFields, type RootField } from './support/authorisation-probe.js';
import { TABLE, type Rule } from './support/authorisation-table.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { codeOf, login, newPerson } from './support/account-clients.js';

type Asker = 'anonymous' | 'listener' | 'other listener' | 'admin';
const EXPECTED: Record<Rule, Record<Asker, string>> = {
  open: { anonymous: 'in', listener: 'in', 'other listener': 'in', admin: 'in' },
  'signed in': { anonymous: 'UNAUTHENTICATED', listener: 'in', 'other listener': 'in', admin: 'in' },
  admin: { anonymous: 'UNAUTHENTICATED', listener: 'FORBIDDEN', 'other listener': 'FORBIDDEN', admin: 'in' },
};
/** Mutations that end the caller's session. */
const SESSION_ENDING = ['Mutation.logout', 'Mutation.logoutEverywhere'];
/** Codes that prove nothing, because the probe's request was not valid. */
const INCONCLUSIVE =
  /^(GRAPHQL_.*|BAD_USER_INPUT|BAD_REQUEST|INTERNAL_SERVER_ERROR|TOO_MANY_ATTEMPTS|UNKNOWN)$/;

let server: TestServer;
let cast: TestUsers;
let fields: RootField[];

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none', LOGIN_ATTEMPTS_PER_MINUTE: '1000' });
  const anonymous = new ApiClient(server.url);
  const [owner, collaborator, other] = await Promise.all([1, 2, 3].map(() => newPerson(server.url)));
  cast = {
    anonymous,
    owner: owner!,
    collaborator: collaborator!,
    other: other!,
    admin: await server.admin(),
  };
  fields = rootFields(buildClientSchema(await anonymous.ask<IntrospectionQuery>(getIntrospectionQuery())));
});

afterAll(async () => {
  await server?.close();
});

async function tokenOf(asker: Asker, field: string): Promise<string> {
  const fresh = SESSION_ENDING.includes(field);
  // A separate account, since one of these mutations ends every session.
  const stranger = async () => (await newPerson(server.url)).token;
  switch (asker) {
    case 'anonymous':
      return '';
    case 'listener':
      return fresh ? stranger() : cast.owner.token;
    case 'other listener':
      return fresh ? stranger() : cast.other.token;
    case 'admin':
      return fresh ? login(server.url, ADMIN.email, ADMIN.password) : cast.admin.currentToken;
  }
}

async function outcome(root: RootField, asker: Asker): Promise<string> {
  const code = await probe(server.url, root, await tokenOf(asker, root.name));
  if (INCONCLUSIVE.test(code)) throw new Error(`${root.name} as ${asker} answered ${code}`);
  return ['UNAUTHENTICATED', 'FORBIDDEN'].includes(code) ? code : 'in';
}

describe('the authorisation table', () => {
  it('lists every query, mutation and subscription, and nothing else', () => {
    expect(fields.map(({ name }) => name).sort()).toEqual(Object.keys(TABLE).sort());
  });

  it.each(Object.entries(TABLE))('%s is enforced as: %s', async (name, rule) => {
    const root = fields.find((field) => field.name === name);
    expect(root?.name).toBe(name);
    const outcomes: Record<string, string> = {};
    for (const asker of Object.keys(EXPECTED[rule]) as Asker[]) outcomes[asker] = await outcome(root!, asker);
    if (SESSION_ENDING.includes(name)) cast.admin = await server.admin();
    expect(outcomes).toEqual(EXPECTED[rule]);
  });
});

describe('ownership', () => {
  it.each(OWNER_RULES.map((rule) => [rule.name, rule] as const))(
    '%s',
    async (_name, { thing, query, answers }) => {
      const clients: Record<TestUserName, ApiClient> = {
        anonymous: cast.anonymous,
        owner: cast.owner.client,
        collaborator: cast.collaborator.client,
        other: cast.other.client,
        admin: await server.admin(),
      };
      const codes: Record<string, string> = {};
      for (const who of Object.keys(clients) as TestUserName[])
        codes[who] = await codeOf(clients[who].ask(query, await thing(cast)));
      expect(codes).toEqual(answers);
    },
  );
});
