import type { TestServer } from './test-server.js';

/** Sends GraphQL requests as a browser does for a page of `origin`, by default the server's own. */
export const browserOf =
  (server: TestServer) =>
  async (
    query: string,
    { variables = {}, cookie = '', origin = server.url, headers = {}, to = server } = {},
  ) => {
    const response = await fetch(`${to.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, ...(origin ? { origin } : {}), ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as {
      data: any;
      errors?: { extensions: { code: string } }[];
    };
    return {
      data,
      code: errors?.[0]?.extensions.code,
      setCookie: response.headers.getSetCookie(),
      credentials: response.headers.get('access-control-allow-credentials'),
    };
  };
