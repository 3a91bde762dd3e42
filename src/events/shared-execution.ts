import {
  createSourceEventStream,
  execute,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { Viewer, ViewerRequest } from '../users/authorization/viewer.js';

type Context = { req: ViewerRequest };

/** What makes something that can be sent of a result. */
type Format = (result: ExecutionResult) => object;

/**
 * Subscriptions whose answers are shared: subscribers who ask the same with the same rights, and are served the same
 * event object, get one execution and one serialisation of it. Opening the source, with its guards, is each one's own.
 */
export class SharedExecution {
  private readonly answers = new WeakMap<object, Map<string, Promise<string>>>();

  constructor(private readonly format: Format) {}

  /** Answers as JSON, one for each event; or the result that says why there are none. */
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
    const contextValue: Context = { req: ofNobody(req) };
    return JSON.stringify(this.format(await execute({ ...args, rootValue: event, contextValue })));
  }
}

/** The same request with the viewer's rights alone: an answer that many get cannot depend on whose account it is. */
function ofNobody(req: ViewerRequest): ViewerRequest {
  const { viewer } = req;
  if (!viewer) return req;
  const shared: Viewer = {
    role: viewer.role,
    scope: viewer.scope,
    get accountId(): string {
      throw new Error('A subscription is answered for everybody of the same rights, so it knows no account.');
    },
  };
  return Object.create(req, { viewer: { value: shared } }) as ViewerRequest;
}

/** Everything an answer depends on besides its event: the question, the rights, and the address that URLs begin with. */
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
