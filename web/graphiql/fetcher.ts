import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { getOperationAST, parse, type DocumentNode } from 'graphql';

const ask = createGraphiQLFetcher({
  url: '/graphql',
  subscriptionUrl: `${location.origin.replace(/^http/, 'ws')}/graphql`,
  // As the page does: the session's cookie counts, and a foreign page has to ask before it may send this.
  headers: { 'apollo-require-preflight': 'true' },
  enableIncrementalDelivery: false,
});

/** Asks this server: a subscription by WebSocket, anything else by POST. */
export const fetcher: Fetcher = (parameters, options) => {
  // What GraphiQL says of the document is as old as the last pause in typing: a subscription would be sent by POST.
  const documentAST = parsed(parameters.query);
  const operation = documentAST && getOperationAST(documentAST, parameters.operationName);
  return ask(operation ? { ...parameters, operationName: operation.name?.value } : parameters, {
    headers: inSmallLetters(options?.headers),
    documentAST,
  });
};

/** Undefined when it is not GraphQL; the server says why. */
function parsed(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}

/** A subscription sends headers as `connectionParams`, of which the server knows `authorization`, written like this. */
const inSmallLetters = (headers: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
