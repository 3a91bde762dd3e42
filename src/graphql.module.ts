import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { formatGraphQLError } from './platform/graphql/graphql-errors.js';
import { GRAPHQL_REQUESTS } from './platform/http/graphql-requests.plugin.js';
import { GraphqlSockets } from './events/graphql-sockets.js';
import { SocketsModule } from './events/sockets.module.js';
import { SubscribingDriver } from './events/subscribing-driver.js';

/** Larger documents than any frontend writes are refused before they are understood. */
const MAX_TOKENS = 3_000;

/** No answer is kept by anyone on the way. Apollo's own plugin says the same, after a look at every field of every row. */
const NEVER_STORED: ApolloServerPlugin = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response }) => {
      response.http.headers.set('cache-control', 'no-store');
    },
  }),
};

/** The one GraphQL door. The schema is written by the resolvers; schema.gql is its committed copy. */
export const GraphqlApiModule = GraphQLModule.forRootAsync<ApolloDriverConfig>({
  driver: SubscribingDriver,
  imports: [SocketsModule],
  inject: [GraphqlSockets],
  useFactory: (sockets: GraphqlSockets) => ({
    path: '/graphql',
    autoSchemaFile: true,
    sortSchema: true,
    introspection: true,
    // Nest's runs scripts of another host on our origin, as our own page would. Ours is in graphiql/.
    graphiql: false,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    formatError: formatGraphQLError,
    plugins: [ApolloServerPluginCacheControlDisabled(), GRAPHQL_REQUESTS, NEVER_STORED],
    context: ({ req, res }: { req: unknown; res: unknown }) => ({ req, res }),
    // Nest's type names a part of the options; all are passed on.
    subscriptions: { 'graphql-ws': sockets.options(MAX_TOKENS) as object },
  }),
});
