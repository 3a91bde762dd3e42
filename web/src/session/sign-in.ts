import type { QueryClient } from '@tanstack/react-query';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { forgetPlayer } from '../playback/remembered.js';

const LOGIN = graphql(`
  mutation Login($email: String!, $password: String!) {
    login(email: $email, password: $password, carrier: COOKIE) {
      expiresAt
    }
  }
`);

const REGISTER = graphql(`
  mutation Register($email: String!, $password: String!) {
    register(email: $email, password: $password, carrier: COOKIE) {
      expiresAt
    }
  }
`);

const LOGOUT = graphql(`
  mutation Logout {
    logout
  }
`);

/** Signs in by an HttpOnly cookie, then reloads all data as that account sees it. Errors: ApiError. */
export async function signIn(queries: QueryClient, how: 'login' | 'register', email: string, password: string): Promise<void> {
  await (how === 'login' ? ask(LOGIN, { email, password }) : ask(REGISTER, { email, password }));
  await queries.resetQueries();
}

/** Signs out and removes the account's data from this browser. */
export async function signOut(queries: QueryClient): Promise<void> {
  await ask(LOGOUT).catch(() => undefined);
  forgetPlayer();
  queries.clear();
  location.assign('/');
}
