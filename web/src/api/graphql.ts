import { initGraphQLTada } from 'gql.tada';
import type { introspection } from '../../.generated/graphql-env.js';

/** Typed documents: result types follow from schema.gql, so a renamed field fails the build. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; Upload: null };
  disableMasking: true;
}>();

export type { FragmentOf, ResultOf, VariablesOf } from 'gql.tada';
