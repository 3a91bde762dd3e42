import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  getOperationAST,
  GraphQLError,
  parse,
  subscribe,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import type { Context, ServerOptions, SubscribePayload } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import { formatGraphQLError } from '../common/graphql-errors.js';
import { CostRefusal } from '../operation-cost/cost-refusal.js';
import { OperationGuard } from '../operation-cost/operation-guard.js';
import type { Bearer, ViewerRequest } from '../users/viewer.js';
import { SessionWatch, type Watched } from './session-watch.js';

/** Subscriptions one socket may have at once. */
export const MAX_SUBSCRIPTIONS = 50;
/** Time for `connection_init`, milliseconds. */
const INIT_TIMEOUT_MS = 5_000;
/** graphql-ws: "Forbidden". */
const FORBIDDEN = 4403;

type SocketContext = Context<Record<string, unknown>, Extra & { watched?: Watched }>;
export type GraphqlSocketOptions = ServerOptions<Record<string, unknown>, Extra & { watched?: Watched }>;

/** How GraphQL subscriptions come in: graphql-transport-ws on the path of the queries, under the same rules. */
@Injectable()
export class GraphqlSockets {
  constructor(
    private readonly sessions: SessionWatch,
    private readonly http: HttpAdapterHost,
    private readonly costs: OperationGuard,
  ) {}

  /** @param maxTokens of a document, as at the HTTP door. */
  options(maxTokens: number): GraphqlSocketOptions {
    return {
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onConnect: (context) => this.admit(context),
      onClose: ({ extra }) => {
        if (extra.watched) this.sessions.leave(extra.watched);
      },
      onSubscribe: (context, _id, payload) => refusal(context, payload, maxTokens),
      context: ({ extra }) => ({ req: extra.request }),
      subscribe: (args) => this.subscribe(args),
      onNext: (_context, _id, _payload, _args, result) => this.sendable(result),
      onError: (_context, _id, _payload, errors) => errors.map((error) => format(error as GraphQLError)),
    };
  }

  /** What a subscription costs is counted each time one is asked for; an event has no more to spend than that. */
  private subscribe(args: ExecutionArgs): ReturnType<typeof subscribe> {
    const { schema, document, variableValues: variables, contextValue } = args;
    const { req: request } = contextValue as { req: ViewerRequest };
    try {
      this.costs.admit({
        schema,
        document,
        operation: getOperationAST(document, args.operationName)!,
        variables,
        request,
      });
    } catch (error) {
      if (error instanceof CostRefusal) return Promise.resolve({ errors: [error] });
      throw error;
    }
    return subscribe(args);
  }

  private sendable(result: ExecutionResult): FormattedExecutionResult | undefined {
    const refusal = this.costs.answerRefusal(result);
    return formatted(refusal ? { errors: [refusal] } : result);
  }

  private async admit({ extra, connectionParams }: SocketContext): Promise<boolean> {
    const request = this.asExpress(extra.request);
    const watched = new GraphqlSocket(request, extra.socket);
    extra.watched = watched;
    const authorization = connectionParams?.['authorization'];
    try {
      if (authorization) await this.sessions.admit(watched, authorization);
      else await this.sessions.admitPage(watched, request);
    } catch {
      return false;
    }
    // Closed while we asked: its onClose is over already.
    if (extra.socket.readyState !== extra.socket.OPEN) this.sessions.leave(watched);
    return true;
  }

  /** Upgrades never pass through Express, which would have made `protocol`, `ip` and the like of them. */
  private asExpress(request: object): ViewerRequest {
    const { request: prototype } = this.http.httpAdapter.getInstance<{ request: object }>();
    return Object.setPrototypeOf(request, prototype) as ViewerRequest;
  }
}

/** A socket's viewer rides on the request that opened it, where guards and resolvers look. */
class GraphqlSocket implements Watched {
  constructor(
    private readonly request: ViewerRequest,
    private readonly socket: Extra['socket'],
  ) {}

  set viewer(viewer: Bearer) {
    this.request.viewer = viewer;
  }

  close(): void {
    this.socket.close(FORBIDDEN, 'Session ended');
  }
}

/** Queries and mutations have limits, metrics and errors of their own at the HTTP door; here they find none. */
function refusal(
  { subscriptions }: SocketContext,
  { query, operationName }: SubscribePayload,
  maxTokens: number,
): GraphQLError[] | undefined {
  // The one that is being asked for is counted already.
  if (Object.keys(subscriptions).length > MAX_SUBSCRIPTIONS)
    return [
      refused('TOO_MANY_SUBSCRIPTIONS', `One socket carries at most ${MAX_SUBSCRIPTIONS} subscriptions.`),
    ];
  try {
    const operation = getOperationAST(parse(query, { maxTokens }), operationName);
    if (operation?.operation === 'subscription') return undefined;
    return [refused('BAD_REQUEST', 'Only subscriptions come this way; send queries and mutations by POST.')];
  } catch (error) {
    return [refused('GRAPHQL_PARSE_FAILED', (error as Error).message)];
  }
}

function refused(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function formatted(result: ExecutionResult): FormattedExecutionResult | undefined {
  return result.errors && { ...result, errors: result.errors.map(format) };
}

/** As Apollo does over HTTP: what nobody named is ours and told to the log alone. */
function format(error: GraphQLError): GraphQLFormattedError {
  const unnamed = error.originalError ? 'INTERNAL_SERVER_ERROR' : 'GRAPHQL_VALIDATION_FAILED';
  const plain = error.toJSON();
  return formatGraphQLError({ ...plain, extensions: { code: unnamed, ...plain.extensions } }, error);
}
