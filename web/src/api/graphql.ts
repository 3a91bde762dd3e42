import { initGraphQLTada } from 'gql.tada';
import type { introspection } from '../../.generated/graphql-env.js';

/** Typed documents: what a query answers follows from schema.gql, so a renamed field fails the build, not a listener. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; Upload: null };
  disableMasking: true;
}>();

export type { FragmentOf, ResultOf, VariablesOf } from 'gql.tada';
