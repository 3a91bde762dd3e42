import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { formatGraphQLError } from './platform/graphql/graphql-errors.js';
import { PARSE_OPTIONS } from './platform/graphql/parse-options.js';
import { GRAPHQL_REQUESTS } from './platform/http/graphql-requests.plugin.js';
import { GraphqlSockets } from './events/graphql-sockets.service.js';
import { SocketsModule } from './events/sockets.module.js';
import { SubscribingDriver } from './events/subscribing-driver.service.js';

/** Responses must not be cached. Apollo's own plugin does the same, but visits every field of every row. */
const NEVER_STORED: ApolloServerPlugin = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response }) => {
      response.http.headers.set('cache-control', 'no-store');
    },
  }),
};

/** The GraphQL API. The schema is generated from the resolvers; schema.gql is its committed copy. */
export const GraphqlApiModule = GraphQLModule.forRootAsync<ApolloDriverConfig>({
  driver: SubscribingDriver,
  imports: [SocketsModule],
  inject: [GraphqlSockets],
  useFactory: (sockets: GraphqlSockets) => ({
    path: '/graphql',
    autoSchemaFile: true,
    sortSchema: true,
    introspection: true,
    // Nest's GraphiQL runs scripts of another host on our origin. Ours is in graphiql/.
    graphiql: false,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    parseOptions: PARSE_OPTIONS,
    formatError: formatGraphQLError,
    plugins: [ApolloServerPluginCacheControlDisabled(), GRAPHQL_REQUESTS, NEVER_STORED],
    context: ({ req, res }: { req: unknown; res: unknown }) => ({ req, res }),
    // Nest's type has only some of the options, but it passes on all.
    subscriptions: { 'graphql-ws': sockets.options(PARSE_OPTIONS.maxTokens) as object },
  }),
});
