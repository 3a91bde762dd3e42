import { once } from 'node:events';
import { request, type ClientRequest } from 'node:http';
import { json } from 'node:stream/consumers';
import type { ApiClient } from '../../src/cli/api-client.js';
import { UPLOAD } from './songs.js';

/** A field of a multipart body with the boundary "x". */
export const part = (name: string, value: string) =>
  `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

/** The raw body of an upload, for clients that misbehave. */
export function multipart(file: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(part('operations', JSON.stringify({ query: UPLOAD, variables: { file: null } }))),
    Buffer.from(part('map', JSON.stringify({ 0: ['variables.file'] }))),
    Buffer.from('--x\r\ncontent-disposition: form-data; name="0"; filename="a.mp3"\r\n\r\n'),
    file,
    Buffer.from('\r\n--x--\r\n'),
  ]);
}

/** A request whose body is not sent yet; without `length` it has no Content-Length. */
export function openUpload(client: ApiClient, length?: number): ClientRequest {
  const { port } = new URL(client.baseUrl);
  const headers = {
    authorization: `Bearer ${client.currentToken}`,
    'apollo-require-preflight': 'true',
    'content-type': 'multipart/form-data; boundary=x',
    ...(length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }),
  };
  return request({ port, path: '/graphql', method: 'POST', headers });
}

/** Uploads without Content-Length and returns the response's text. */
export async function sendUnannounced(client: ApiClient, file: Buffer): Promise<string> {
  const sending = openUpload(client);
  sending.end(multipart(file));
  const [response] = (await once(sending, 'response')) as [AsyncIterable<Buffer>];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The error code of the response, or "OK", without waiting until the body is sent. */
export async function codeFrom(sending: ClientRequest): Promise<string> {
  const [response] = (await once(sending, 'response')) as [NodeJS.ReadableStream];
  const { errors } = (await json(response)) as { errors?: { extensions: { code: string } }[] };
  return errors?.[0]?.extensions.code ?? 'OK';
}
