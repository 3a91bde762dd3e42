import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';

/** An error response of the server; `code` is one of the error codes in its schema. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    /** All other extensions of the error. */
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

interface GraphQLAnswer<T> {
  data?: T;
  errors?: { message: string; extensions?: { code?: string } & Record<string, unknown> }[];
}

/** GraphQL client over HTTP; uses the server as any frontend does. */
export class ApiClient {
  constructor(
    readonly baseUrl: string,
    private token?: string,
  ) {}

  /** The session or access token; '' before login. */
  get currentToken(): string {
    return this.token ?? '';
  }

  async login(email: string, password: string): Promise<void> {
    const { login } = await this.ask<{ login: { token: string } }>(
      'mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { token } }',
      { email, password },
    );
    this.token = login.token;
  }

  /** Rejects with ApiError. */
  ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    return this.send<T>(JSON.stringify({ query, variables }), { 'content-type': 'application/json' });
  }

  /** A mutation whose variable `$file` is the file at `path` (GraphQL multipart request specification). */
  async upload<T>(query: string, path: string, variables: Record<string, unknown> = {}): Promise<T> {
    const form = new FormData();
    form.set('operations', JSON.stringify({ query, variables: { ...variables, file: null } }));
    form.set('map', JSON.stringify({ 0: ['variables.file'] }));
    form.set('0', await openAsBlob(path), basename(path));
    return this.send<T>(form, { 'apollo-require-preflight': 'true' });
  }

  private async send<T>(body: string | FormData, headers: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.baseUrl}/graphql`, {
      method: 'POST',
      body,
      headers: { ...headers, ...(this.token ? { authorization: `Bearer ${this.token}` } : {}) },
    });
    const { data, errors } = (await response.json()) as GraphQLAnswer<T>;
    if (errors?.[0]) {
      const { code = 'UNKNOWN', ...details } = errors[0].extensions ?? {};
      throw new ApiError(errors[0].message, code, details);
    }
    if (!data) throw new ApiError(`The server answered ${response.status} without data.`, 'UNKNOWN');
    return data;
  }
}
