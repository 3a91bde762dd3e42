import type { ApolloServerPlugin, GraphQLRequest } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { isWellFormed } from '../graphql/well-formed.js';
import { unpairedSurrogates } from './json-bodies.js';

const BY_WEBSOCKET = 'Subscriptions come by WebSocket (graphql-transport-ws) at this address.';

/** Refuses GraphQL requests over HTTP that cannot be executed, before execution. */
export const GRAPHQL_REQUESTS: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation, request }) => {
      // For requests in a query string or a multipart body; JSON bodies were checked by the body parser.
      if (!isWellFormed(texts(request))) throw refusal('BAD_INPUT', unpairedSurrogates().message);
      if (operation?.operation === 'subscription') throw refusal('BAD_REQUEST', BY_WEBSOCKET);
    },
  }),
};

function texts({ operationName, variables, extensions }: GraphQLRequest): unknown {
  return { operationName, variables, extensions };
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
}
