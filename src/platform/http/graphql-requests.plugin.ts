import type { ApolloServerPlugin, GraphQLRequest } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { isWellFormed } from '../graphql/well-formed.js';
import { unpairedSurrogates } from './json-bodies.js';

const BY_WEBSOCKET = 'Subscriptions come by WebSocket (graphql-transport-ws) at this address.';

/** Refuses GraphQL requests over HTTP that no execution could make sense of, before one is tried. */
export const GRAPHQL_REQUESTS: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation, request }) => {
      // Those that came as a query string or in a multipart body: of JSON bodies this is known already.
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
