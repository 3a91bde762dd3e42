import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { formatGraphQLError } from './common/graphql-errors.js';

/** Larger documents than any frontend writes are refused before they are understood. */
const MAX_TOKENS = 3_000;

/** The one GraphQL door. The schema is written by the resolvers; schema.gql is its committed copy. */
export const GraphQLDoor = GraphQLModule.forRoot<ApolloDriverConfig>({
  driver: ApolloDriver,
  path: '/graphql',
  autoSchemaFile: true,
  sortSchema: true,
  introspection: true,
  graphiql: true,
  csrfPrevention: true,
  includeStacktraceInErrorResponses: false,
  parseOptions: { maxTokens: MAX_TOKENS },
  formatError: formatGraphQLError,
  context: ({ req, res }: { req: unknown; res: unknown }) => ({ req, res }),
});
