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
/** Whoever asks these is signed out afterwards. */
const FAREWELLS = ['Mutation.logout', 'Mutation.logoutEverywhere'];
/** The probe was no sensible question, so its answer proves nothing. */
const NO_ANSWER = /^(GRAPHQL_.*|BAD_USER_INPUT|BAD_REQUEST|INTERNAL_SERVER_ERROR|TOO_MANY_ATTEMPTS|UNKNOWN)$/;

let house: TestServer;
let cast: TestUsers;
let fields: RootField[];

beforeAll(async () => {
  house = await TestServer.start({ WORKER: 'none', LOGIN_ATTEMPTS_PER_MINUTE: '1000' });
  const anonymous = new ApiClient(house.url);
  const [owner, collaborator, other] = await Promise.all([1, 2, 3].map(() => newPerson(house.url)));
  cast = { anonymous, owner: owner!, collaborator: collaborator!, other: other!, admin: await house.admin() };
  fields = rootFields(buildClientSchema(await anonymous.ask<IntrospectionQuery>(getIntrospectionQuery())));
});

afterAll(async () => {
  await house?.close();
});

async function tokenOf(asker: Asker, field: string): Promise<string> {
  const fresh = FAREWELLS.includes(field);
  // A person of their own, since one farewell ends every session.
  const stranger = async () => (await newPerson(house.url)).token;
  switch (asker) {
    case 'anonymous':
      return '';
    case 'listener':
      return fresh ? stranger() : cast.owner.token;
    case 'other listener':
      return fresh ? stranger() : cast.other.token;
    case 'admin':
      return fresh ? login(house.url, ADMIN.email, ADMIN.password) : cast.admin.currentToken;
  }
}

async function outcome(root: RootField, asker: Asker): Promise<string> {
  const code = await probe(house.url, root, await tokenOf(asker, root.name));
  if (NO_ANSWER.test(code)) throw new Error(`${root.name} as ${asker} answered ${code}`);
  return ['UNAUTHENTICATED', 'FORBIDDEN'].includes(code) ? code : 'in';
}

describe('who may ask what', () => {
  it('is written down for every query, mutation and subscription, and for nothing else', () => {
    expect(fields.map(({ name }) => name).sort()).toEqual(Object.keys(TABLE).sort());
  });

  it.each(Object.entries(TABLE))('%s: %s', async (name, rule) => {
    const root = fields.find((field) => field.name === name);
    expect(root?.name).toBe(name);
    const outcomes: Record<string, string> = {};
    for (const asker of Object.keys(EXPECTED[rule]) as Asker[]) outcomes[asker] = await outcome(root!, asker);
    if (FAREWELLS.includes(name)) cast.admin = await house.admin();
    expect(outcomes).toEqual(EXPECTED[rule]);
  });
});

describe('whose it is', () => {
  it.each(OWNER_RULES.map((rule) => [rule.name, rule] as const))(
    '%s',
    async (_name, { thing, query, answers }) => {
      const clients: Record<TestUserName, ApiClient> = {
        anonymous: cast.anonymous,
        owner: cast.owner.client,
        collaborator: cast.collaborator.client,
        other: cast.other.client,
        admin: await house.admin(),
      };
      const codes: Record<string, string> = {};
      for (const who of Object.keys(clients) as TestUserName[])
        codes[who] = await codeOf(clients[who].ask(query, await thing(cast)));
      expect(codes).toEqual(answers);
    },
  );
});
