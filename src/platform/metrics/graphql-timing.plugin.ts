import type {
  ApolloServerPlugin,
  BaseContext,
  GraphQLRequestContext,
  GraphQLRequestContextWillSendResponse,
  GraphQLRequestListener,
} from '@apollo/server';
import { Plugin } from '@nestjs/apollo';
import type { GraphQLFormattedError } from 'graphql';
import { EventLoopWatch } from './event-loop-watch.service.js';
import { rootFieldLabel } from './root-field-label.js';
import { RequestMetrics, type GraphqlAnswer } from './request-metrics.js';

/** Times every GraphQL answer that goes through Apollo. */
@Plugin()
export class GraphqlTimingPlugin implements ApolloServerPlugin {
  constructor(
    private readonly metrics: RequestMetrics,
    private readonly loop: EventLoopWatch,
  ) {}

  async requestDidStart({
    request,
  }: GraphQLRequestContext<BaseContext>): Promise<GraphQLRequestListener<BaseContext>> {
    const began = performance.now();
    this.loop.running = `a document of ${request.query?.length ?? 0} characters is read`;
    return {
      didResolveOperation: async ({ document, operation }) => {
        if (operation) this.loop.running = `${operation.operation} ${rootFieldLabel(document, operation)}`;
      },
      willSendResponse: async (context) => {
        this.loop.running = '';
        this.metrics.graphqlAnswered(describe(context), (performance.now() - began) / 1000);
      },
    };
  }
}

/** Only a document that passed validation has an operation, so that no invented field name becomes a label. */
function describe({
  document,
  operation,
  response,
}: GraphQLRequestContextWillSendResponse<BaseContext>): GraphqlAnswer {
  const { body } = response;
  const errors = body.kind === 'single' ? body.singleResult.errors : body.initialResult.errors;
  const outcome = outcomeOf(errors ?? []);
  if (!document || !operation) return { field: 'invalid', type: 'unknown', outcome };
  return { field: rootFieldLabel(document, operation), type: operation.operation, outcome };
}

/** `refused`: the caller can fix the request; `failed`: the error is on the server's side. */
export function outcomeOf(errors: readonly GraphQLFormattedError[]): GraphqlAnswer['outcome'] {
  if (errors.length === 0) return 'ok';
  const ours = errors.some(({ extensions }) => OUR_FAULT.has(extensions?.['code'] ?? INTERNAL));
  return ours ? 'failed' : 'refused';
}

const INTERNAL = 'INTERNAL_SERVER_ERROR';
const OUR_FAULT = new Set<unknown>([INTERNAL, 'UNAVAILABLE']);
