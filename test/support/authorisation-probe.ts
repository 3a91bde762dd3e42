import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface RootField {
  /** "Mutation.login" */
  name: string;
  operation: 'query' | 'mutation' | 'subscription';
  field: GraphQLField<unknown, unknown>;
}

/** Every query, mutation and subscription of the schema. */
export function rootFields(schema: GraphQLSchema): RootField[] {
  return (
    [
      ['query', schema.getQueryType()],
      ['mutation', schema.getMutationType()],
      ['subscription', schema.getSubscriptionType()],
    ] as const
  ).flatMap(([operation, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({
      name: `${type!.name}.${field.name}`,
      operation,
      field,
    })),
  );
}

/** Milliseconds to wait for a refusal: a permitted subscription may have no event to send. */
const SILENCE_MS = 1_000;
const NOTHING = '507f1f77bcf86cd799439011';

/** The error code of the refusal, or "OK". An empty `token` sends an anonymous request. */
export async function probe(url: string, root: RootField, token: string): Promise<string> {
  const required = root.field.args.filter(({ type, defaultValue }) => needed(type, defaultValue));
  const variables = Object.fromEntries(required.map(({ name, type }) => [name, plausible(type)]));
  const declared = required.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const passed = required.map(({ name }) => `${name}: $${name}`).join(', ');
  const fields = isCompositeType(getNamedType(root.field.type)) ? ' { __typename }' : '';
  const query = `${root.operation}${declared && ` (${declared})`} { ${root.field.name}${passed && `(${passed})`}${fields} }`;
  if (root.operation === 'subscription') return subscribe(url, query, variables, token);
  const file = required.find(({ type }) => getNamedType(type).name === 'Upload');
  return post(url, query, variables, token, file);
}

function needed(type: GraphQLInputType, defaultValue: unknown): boolean {
  return isNonNullType(type) && defaultValue === undefined;
}

/** A plausible value for an argument; ids name no existing object. */
function plausible(type: GraphQLInputType): unknown {
  const plain = getNullableType(type);
  if (isListType(plain)) return [plausible(plain.ofType)];
  if (isEnumType(plain)) return plain.getValues()[0]!.name;
  if (isInputObjectType(plain)) {
    const fields: GraphQLInputField[] = Object.values(plain.getFields());
    const filled = fields.filter((field) => needed(field.type, field.defaultValue));
    return Object.fromEntries(filled.map((field) => [field.name, plausible(field.type)]));
  }
  const values: Record<string, unknown> = {
    ID: NOTHING,
    String: 'plausible',
    Int: 1,
    Float: 1,
    Boolean: false,
    Upload: null,
    DateTime: '2100-01-01T00:00:00Z',
  };
  if (!(plain.name in values)) throw new Error(`the probe knows no value of type ${plain.name}`);
  return values[plain.name];
}

async function post(
  url: string,
  query: string,
  variables: object,
  token: string,
  file: GraphQLArgument | undefined,
): Promise<string> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  let body: string | FormData = JSON.stringify({ query, variables });
  if (file) {
    body = new FormData();
    body.set('operations', JSON.stringify({ query, variables }));
    body.set('map', JSON.stringify({ 0: [`variables.${file.name}`] }));
    body.set('0', new Blob(['no song, no picture']), 'file');
    headers['apollo-require-preflight'] = 'true';
  } else headers['content-type'] = 'application/json';
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
  return codeIn(await response.json());
}

/** The outcome according to the first message; "OK" when none arrives in time. */
async function subscribe(url: string, query: string, variables: object, token: string): Promise<string> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: token ? { authorization: `Bearer ${token}` } : {},
    retryAttempts: 0,
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      client.subscribe(
        { query, variables: { ...variables } },
        {
          next: (answer) => resolve(codeIn(answer)),
          error: (errors) => (Array.isArray(errors) ? resolve(codeIn({ errors })) : reject(errors as Error)),
          complete: () => resolve('OK'),
        },
      );
      setTimeout(() => resolve('OK'), SILENCE_MS);
    });
  } finally {
    await client.dispose();
  }
}

function codeIn(answer: unknown): string {
  const { errors } = answer as { errors?: readonly { extensions?: { code?: string } }[] };
  return errors?.[0] ? (errors[0].extensions?.code ?? 'UNKNOWN') : 'OK';
}
