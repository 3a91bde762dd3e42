import {
  createSourceEventStream,
  execute,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { Viewer, ViewerRequest } from '../users/authorization/viewer.js';

type Context = { req: ViewerRequest };

/** Converts an execution result into what is sent to the client. */
type Format = (result: ExecutionResult) => object;

/**
 * Shares executions between subscriptions: subscribers with the same query and the same rights that get the same event
 * object share one execution and one serialisation. The source, with its guards, is opened for each subscriber.
 */
export class SharedExecution {
  private readonly answers = new WeakMap<object, Map<string, Promise<string>>>();

  constructor(private readonly format: Format) {}

  /** One JSON result per event, or the result that says why the subscription was refused. */
  async subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<string> | ExecutionResult> {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const events = source[Symbol.asyncIterator]();
    const key = keyOf(args);
    const answers: AsyncIterableIterator<string> = {
      next: async () => {
        const { value, done } = await events.next();
        if (done) return { value: undefined, done };
        return { value: await this.answer(value as object, args, key) };
      },
      return: async () => {
        await events.return?.();
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    return answers;
  }

  private answer(event: object, args: ExecutionArgs, key: string): Promise<string> {
    const known = this.answers.get(event) ?? new Map<string, Promise<string>>();
    this.answers.set(event, known);
    let answer = known.get(key);
    if (!answer) {
      answer = this.execute(event, args);
      known.set(key, answer);
    }
    return answer;
  }

  private async execute(event: object, args: ExecutionArgs): Promise<string> {
    const { req } = args.contextValue as Context;
    const contextValue: Context = { req: withoutAccount(req) };
    return JSON.stringify(this.format(await execute({ ...args, rootValue: event, contextValue })));
  }
}

/** The same request with only the viewer's rights: a shared result must not depend on the account. */
function withoutAccount(req: ViewerRequest): ViewerRequest {
  const { viewer } = req;
  if (!viewer) return req;
  const shared: Viewer = {
    role: viewer.role,
    scope: viewer.scope,
    get accountId(): string {
      throw new Error(
        'A subscription result is shared by all viewers with the same rights, so it has no account.',
      );
    },
  };
  return Object.create(req, { viewer: { value: shared } }) as ViewerRequest;
}

/** Everything that a result depends on besides its event: the query, the rights, and the origin of URLs. */
function keyOf({ document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  const { req } = contextValue as Context;
  const rights = req.viewer && [req.viewer.role, req.viewer.scope];
  return JSON.stringify([
    textOf(document),
    operationName,
    variableValues,
    rights,
    req.protocol,
    req.headers.host,
  ]);
}

function textOf({ loc }: DocumentNode): string {
  if (!loc) throw new Error('A subscription is parsed with its locations.');
  return loc.source.body;
}
