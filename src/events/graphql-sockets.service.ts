import { Injectable } from '@nestjs/common';
import {
  getOperationAST,
  GraphQLError,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import type { Context, ServerOptions, SubscribePayload } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import { DomainError } from '../platform/errors/domain-error.js';
import { formatGraphQLError } from '../platform/graphql/graphql-errors.js';
import { isWellFormed, UNPAIRED_SURROGATE } from '../platform/graphql/well-formed.js';
import { CostRefusal } from '../operation-cost/cost-refusal.js';
import { OperationGuard } from '../operation-cost/operation-guard.service.js';
import type { ViewerRequest } from '../users/authorization/viewer.js';
import { GraphqlSocket, TRY_AGAIN_LATER, UNAUTHORIZED } from './graphql-socket.js';
import { KnownDocuments } from './known-documents.js';
import { SessionWatch } from './session-watch.service.js';
import { deliverJson } from './paced-socket.js';
import { SharedExecution } from './shared-execution.js';
import { TooManySocketsError, TooManySubscriptionsError } from './socket-errors.js';
import { SocketLimits } from './socket-limits.service.js';
import { UpgradeGate } from './upgrade-gate.service.js';

/** Subscriptions one socket may have at once. */
export const MAX_SUBSCRIPTIONS = 50;
/** Time for `connection_init`, milliseconds. */
const INIT_TIMEOUT_MS = 5_000;

type SocketExtra = Extra & { own?: GraphqlSocket };
type SocketContext = Context<Record<string, unknown>, SocketExtra>;
export type GraphqlSocketOptions = ServerOptions<Record<string, unknown>, SocketExtra>;

/** Serves GraphQL subscriptions: graphql-transport-ws on the path of the queries, under the same rules. */
@Injectable()
export class GraphqlSockets {
  private readonly shared = new SharedExecution((result) => this.sendable(result));

  constructor(
    private readonly sessions: SessionWatch,
    private readonly limits: SocketLimits,
    private readonly gate: UpgradeGate,
    private readonly costs: OperationGuard,
  ) {}

  /** @param maxTokens limit per document, the same as over HTTP */
  options(maxTokens: number): GraphqlSocketOptions {
    const documents = new KnownDocuments(maxTokens);
    // The hooks for errors and completion run before graphql-ws has removed the subscription.
    const discountEnded = ({ extra, subscriptions }: SocketContext) =>
      void setImmediate(() => extra.own?.discountEnded(subscriptions));
    return {
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      parse: (query) => documents.parse(String(query)),
      validate: (schema, document) => documents.validate(schema, document),
      onConnect: (context) => this.admit(context),
      onClose: ({ extra }) => {
        if (!extra.own) return;
        this.sessions.leave(extra.own);
        extra.own.left();
      },
      onSubscribe: (context, id, payload) => refusal(context, id, payload, documents),
      context: ({ extra }) => ({ req: extra.request }),
      // What this passes to onOperation below is JSON already; graphql-ws handles results with errors itself.
      subscribe: (args) => this.subscribe(args) as Promise<AsyncIterableIterator<never>>,
      onOperation: ({ extra }, id, _payload, _args, result) =>
        Symbol.asyncIterator in result
          ? deliverJson(
              result as AsyncIterableIterator<unknown> as AsyncIterableIterator<string>,
              id,
              extra.own!.paced,
            )
          : undefined,
      onNext: (_context, _id, _payload, _args, result) => this.sendable(result),
      onComplete: discountEnded,
      onError: (context, _id, _payload, errors) => {
        discountEnded(context);
        return errors.map((error) => format(error as GraphQLError));
      },
    };
  }

  /** The cost of a subscription is counted when it is started; each of its events has the same budget. */
  private subscribe(args: ExecutionArgs): ReturnType<SharedExecution['subscribe']> {
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
    return this.shared.subscribe(args);
  }

  private sendable(result: ExecutionResult): FormattedExecutionResult {
    const refusal = this.costs.answerRefusal(result);
    return formatted(refusal ? { errors: [refusal] } : result);
  }

  private async admit({ extra, connectionParams }: SocketContext): Promise<boolean> {
    const request = extra.request as ViewerRequest;
    const own = new GraphqlSocket(request, extra.socket, this.gate.addressOf(request), this.limits);
    extra.own = own;
    const authorization = connectionParams?.['authorization'];
    try {
      if (authorization) await this.sessions.admit(own, authorization);
      else await this.sessions.admitPage(own, request);
      if (own.isOpen) own.signIn();
    } catch (error) {
      this.sessions.leave(own);
      refuse(extra.socket, error);
      // Closed with our own code: after 4403, which graphql-ws would send, its clients reconnect for ever.
      return false;
    }
    // Closed during the check: its onClose has run already.
    if (!own.isOpen) this.sessions.leave(own);
    return true;
  }
}

/** Invalid credentials need a user's action (4401, no reconnect); all other reasons are temporary (1013, reconnect). */
function refuse(socket: Extra['socket'], error: unknown): void {
  const named = error instanceof DomainError ? error : undefined;
  const isClientFault = named !== undefined && named.status < 500 && !(named instanceof TooManySocketsError);
  // A close reason has at most 123 bytes (RFC 6455 5.5), so it carries the code, not the sentence.
  socket.close(isClientFault ? UNAUTHORIZED : TRY_AGAIN_LATER, named?.code ?? 'UNAVAILABLE');
}

/**
 * Why an operation is refused. Queries and mutations are, because limits, metrics and errors for them exist over HTTP
 * only.
 */
function refusal(
  { subscriptions, extra }: SocketContext,
  id: string,
  { query, operationName, variables, extensions }: SubscribePayload,
  documents: KnownDocuments,
): GraphQLError[] | undefined {
  if (!isWellFormed([id, query, operationName, variables, extensions]))
    return [refused('BAD_INPUT', UNPAIRED_SURROGATE)];
  try {
    const operation = getOperationAST(documents.parse(query), operationName);
    if (operation?.operation !== 'subscription')
      return [
        refused('BAD_REQUEST', 'Only subscriptions are served here; send queries and mutations by POST.'),
      ];
  } catch (error) {
    return [refused('GRAPHQL_PARSE_FAILED', (error as Error).message)];
  }
  try {
    // `subscriptions` already contains the requested one.
    if (Object.keys(subscriptions).length > MAX_SUBSCRIPTIONS)
      throw new TooManySubscriptionsError('socket', MAX_SUBSCRIPTIONS);
    extra.own!.subscribe(id, query.length + JSON.stringify(variables ?? null).length, subscriptions);
  } catch (error) {
    const { code, message } = error as DomainError;
    return [refused(code, message)];
  }
  return undefined;
}

function refused(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function formatted(result: ExecutionResult): FormattedExecutionResult {
  return result.errors
    ? { ...result, errors: result.errors.map(format) }
    : (result as FormattedExecutionResult);
}

/** As Apollo does over HTTP: an error without a code is internal, and its details go to the log only. */
function format(error: GraphQLError): GraphQLFormattedError {
  const unnamed = error.originalError ? 'INTERNAL_SERVER_ERROR' : 'GRAPHQL_VALIDATION_FAILED';
  const plain = error.toJSON();
  return formatGraphQLError({ ...plain, extensions: { code: unnamed, ...plain.extensions } }, error);
}
