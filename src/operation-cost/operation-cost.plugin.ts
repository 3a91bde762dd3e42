import {
  HeaderMap,
  type ApolloServerPlugin,
  type BaseContext,
  type GraphQLRequestContextDidResolveOperation,
  type GraphQLRequestContextWillSendResponse,
  type GraphQLRequestListener,
  type GraphQLServerContext,
} from '@apollo/server';
import { Plugin } from '@nestjs/apollo';
import { GraphQLError } from 'graphql';
import type { ViewerRequest } from '../users/authorization/viewer.js';
import { CostRefusal } from './cost-refusal.js';
import { OperationGuard } from './operation-guard.service.js';
import { settleLists, type BudgetedContext } from './settled-lists.js';

type Context = BaseContext & BudgetedContext & { req: ViewerRequest };

const STATUS = { QUERY_TOO_COSTLY: 400, ANSWER_TOO_LARGE: 400, RATE_LIMITED: 429 };

/** Limits operations that Apollo executes: POST, GET and multipart. */
@Plugin()
export class OperationCostPlugin implements ApolloServerPlugin<Context> {
  constructor(private readonly guard: OperationGuard) {}

  async serverWillStart({ schema }: GraphQLServerContext): Promise<void> {
    settleLists(schema);
  }

  async requestDidStart(): Promise<GraphQLRequestListener<Context>> {
    let counted = 0;
    return {
      validationDidStart: async ({ source, contextValue }) => {
        const before = process.cpuUsage();
        return async (errors) => {
          const { user, system } = process.cpuUsage(before);
          const cpuMs = (user + system) / 1000;
          this.guard.validated(contextValue.req, { length: source.length, cpuMs, isValid: !errors?.length });
        };
      },
      didResolveOperation: async (context) => {
        const { contextValue } = context;
        contextValue.budget = this.admit(context) ?? undefined;
        counted = contextValue.budget?.cost ?? 0;
      },
      willSendResponse: async (context) => {
        const { req, budget } = context.contextValue;
        if (budget) this.guard.settle(req, counted, budget);
        this.bound(context);
      },
    };
  }

  private admit(context: GraphQLRequestContextDidResolveOperation<Context>) {
    const { schema, document, operation, request, contextValue } = context;
    // Without an operation Apollo refuses the request.
    if (!operation) return null;
    try {
      return this.guard.admit({
        schema,
        document,
        operation,
        variables: request.variables,
        request: contextValue.req,
      });
    } catch (error) {
      throw error instanceof CostRefusal ? asHttp(error) : error;
    }
  }

  private bound({ response, contextValue }: GraphQLRequestContextWillSendResponse<Context>): void {
    if (response.body.kind !== 'single') return;
    const refusal =
      contextValue.budget?.refusal ?? this.guard.answerRefusal(response.body.singleResult as object);
    if (!refusal) return;
    response.body.singleResult = { errors: [refusal.toJSON()] };
    response.http.status = STATUS[refusal.code];
  }
}

/** Apollo takes status and headers from `extensions.http`, which it does not send. */
function asHttp({ code, message, extensions }: CostRefusal): GraphQLError {
  const wait = extensions['retryAfterSeconds'];
  const headers = new HeaderMap(wait === undefined ? [] : [['retry-after', String(wait as number)]]);
  return new GraphQLError(message, {
    extensions: { ...extensions, http: { status: STATUS[code], headers } },
  });
}
