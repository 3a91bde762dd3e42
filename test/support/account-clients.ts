import { randomBytes } from 'node:crypto';
import { ApiClient, ApiError } from '../../src/cli/api-client.js';

export const PASSWORD = 'a long walk by the sea';

export interface Person {
  id: string;
  email: string;
  token: string;
  client: ApiClient;
}

export const REGISTER = `mutation ($email: String!, $password: String!) {
  register(email: $email, password: $password) { token expiresAt } }`;
export const LOGIN = `mutation ($email: String!, $password: String!) {
  login(email: $email, password: $password) { token expiresAt } }`;

/** Registers an account with an e-mail address of its own. */
export async function newPerson(url: string): Promise<Person> {
  const email = `${randomBytes(6).toString('hex')}@example.com`;
  const { register } = await new ApiClient(url).ask<{ register: { token: string } }>(REGISTER, {
    email,
    password: PASSWORD,
  });
  const client = new ApiClient(url, register.token);
  return { id: (await me(client)).id, email, token: register.token, client };
}

export async function me(client: ApiClient): Promise<{ id: string; email: string; role: string }> {
  return (await client.ask<{ me: { id: string; email: string; role: string } }>('{ me { id email role } }'))
    .me;
}

/** Signs in again and returns the session token. */
export async function login(url: string, email: string, password = PASSWORD): Promise<string> {
  return (await new ApiClient(url).ask<{ login: { token: string } }>(LOGIN, { email, password })).login.token;
}

/** Creates a personal access token of this scope. */
export async function newAccessToken(
  client: ApiClient,
  scope: string,
  expiresAt: Date | null = null,
): Promise<{ token: string; id: string }> {
  const { createAccessToken } = await client.ask<{
    createAccessToken: { token: string; accessToken: { id: string } };
  }>(
    `mutation ($scope: AccessScope!, $expiresAt: DateTime) {
      createAccessToken(name: "nightly", scope: $scope, expiresAt: $expiresAt) { token accessToken { id } } }`,
    { scope, expiresAt },
  );
  return { token: createAccessToken.token, id: createAccessToken.accessToken.id };
}

/** The error code of the refusal, or "OK". */
export async function codeOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
    return 'OK';
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
}

/** Tries a password from a given client address (as a proxy forwards it), with a device token if given. */
export async function tryPassword(
  { url }: { url: string },
  email: string,
  password: string,
  address: string,
  device: string | null = null,
) {
  const query = `mutation ($email: String!, $password: String!, $device: String) {
    login(email: $email, password: $password, device: $device) { device } }`;
  const response = await fetch(`${url}/graphql`, {
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
