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
import { OperationGuard } from '../operation-cost/operation-guard.js';
import type { ViewerRequest } from '../users/authorization/viewer.js';
import { GraphqlSocket, TRY_AGAIN_LATER, UNAUTHORIZED } from './graphql-socket.js';
import { KnownDocuments } from './known-documents.js';
import { SessionWatch } from './session-watch.js';
import { deliverJson } from './shared-delivery.js';
import { SharedExecution } from './shared-execution.js';
import { TooManySocketsError, TooManySubscriptionsError } from './socket-errors.js';
import { SocketLimits } from './socket-limits.js';
import { UpgradeGate } from './upgrade-gate.js';

/** Subscriptions one socket may have at once. */
export const MAX_SUBSCRIPTIONS = 50;
/** Time for `connection_init`, milliseconds. */
const INIT_TIMEOUT_MS = 5_000;

type SocketExtra = Extra & { own?: GraphqlSocket };
type SocketContext = Context<Record<string, unknown>, SocketExtra>;
export type GraphqlSocketOptions = ServerOptions<Record<string, unknown>, SocketExtra>;

/** How GraphQL subscriptions come in: graphql-transport-ws on the path of the queries, under the same rules. */
@Injectable()
export class GraphqlSockets {
  private readonly shared = new SharedExecution((result) => this.sendable(result));

  constructor(
    private readonly sessions: SessionWatch,
    private readonly limits: SocketLimits,
    private readonly gate: UpgradeGate,
    private readonly costs: OperationGuard,
  ) {}

  /** @param maxTokens of a document, as at the HTTP door. */
  options(maxTokens: number): GraphqlSocketOptions {
    const documents = new KnownDocuments(maxTokens);
    // Errors and ends are told by hooks that come before graphql-ws has put the subscription away.
    const settle = ({ extra, subscriptions }: SocketContext) =>
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
      // What it gives to onOperation below is JSON already; of results with errors graphql-ws takes care.
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
      onComplete: settle,
      onError: (context, _id, _payload, errors) => {
        settle(context);
        return errors.map((error) => format(error as GraphQLError));
      },
    };
  }

  /** What a subscription costs is counted each time one is asked for; an event has no more to spend than that. */
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
      // Closed with a code of ours; graphql-ws would say 4403, after which its clients come back for ever.
      return false;
    }
    // Closed while we asked: its onClose is over already.
    if (!own.isOpen) this.sessions.leave(own);
    return true;
  }
}

/** A proof that is no good is for a person to mend; everything else passes by itself. */
function refuse(socket: Extra['socket'], error: unknown): void {
  const named = error instanceof DomainError ? error : undefined;
  const isTheirs = named !== undefined && named.status < 500 && !(named instanceof TooManySocketsError);
  // Reasons have 123 bytes at most (RFC 6455 5.5): codes are short, sentences may not be.
  socket.close(isTheirs ? UNAUTHORIZED : TRY_AGAIN_LATER, named?.code ?? 'UNAVAILABLE');
}

/** Queries and mutations have limits, metrics and errors of their own at the HTTP door; here they find none. */
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
        refused('BAD_REQUEST', 'Only subscriptions come this way; send queries and mutations by POST.'),
      ];
  } catch (error) {
    return [refused('GRAPHQL_PARSE_FAILED', (error as Error).message)];
  }
  try {
    // The one that is being asked for is among them already.
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

/** As Apollo does over HTTP: what nobody named is ours and told to the log alone. */
function format(error: GraphQLError): GraphQLFormattedError {
  const unnamed = error.originalError ? 'INTERNAL_SERVER_ERROR' : 'GRAPHQL_VALIDATION_FAILED';
  const plain = error.toJSON();
  return formatGraphQLError({ ...plain, extensions: { code: unnamed, ...plain.extensions } }, error);
}
