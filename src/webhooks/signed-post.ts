import { createHmac } from 'node:crypto';
import { lookup as resolve } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPrivateAddress } from './private-addresses.js';

/** How long a receiver may take altogether, milliseconds. */
export const TIMEOUT_MS = 10_000;
const MAX_RESPONSE_BYTES = 1_024;
/** How long we wait for the rest of a body that is only kept for the log, milliseconds. */
const BODY_MS = 1_000;
const PRIVATE_REFUSED = 'The address leads to a private network.';

export interface Post {
  url: string;
  body: string;
  headers: Record<string, string>;
  secret: string;
  allowPrivate: boolean;
}

export interface Answer {
  status: number;
  /** The beginning of the body, at most 1 KiB. */
  response: string;
}

/** `X-Signature` for a body sent at `seconds` (unix). */
export function signature(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Whether the host of a URL is named as a private address outright; names are looked at when they are resolved. */
export function namesPrivateAddress({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 ? isPrivateAddress(host) : /(^|\.)localhost\.?$/i.test(host);
}

/** One POST, no redirects. A status is an answer, however its body goes on. Rejects with a reason when there was none. */
export function signedPost({ url: address, body, headers, secret, allowPrivate }: Post): Promise<Answer> {
  const url = new URL(address);
  if (!allowPrivate && namesPrivateAddress(url)) return Promise.reject(new Error(PRIVATE_REFUSED));
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method: 'POST',
    agent: false,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    lookup: allowPrivate ? undefined : publicLookup,
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-signature': signature(secret, Math.floor(Date.now() / 1000), body),
    },
  });
  return new Promise((done, fail) => {
    request.on('error', (error) =>
      fail(error.name === 'AbortError' ? new Error(`No answer within ${TIMEOUT_MS / 1000} s.`) : error),
    );
    // An answer that wants another protocol ends without an error.
    request.on('close', () => fail(new Error('The receiver hung up.')));
    request.on('response', (response) => {
      const kept: Buffer[] = [];
      let size = 0;
      const finish = () => {
        clearTimeout(timer);
        const text = Buffer.concat(kept).subarray(0, MAX_RESPONSE_BYTES).toString();
        done({ status: response.statusCode ?? 0, response: text });
        request.destroy();
      };
      const timer = setTimeout(finish, BODY_MS);
      response.on('data', (chunk: Buffer) => {
        kept.push(chunk);
        size += chunk.length;
        if (size >= MAX_RESPONSE_BYTES) finish();
      });
      response.on('end', finish);
      response.on('error', finish);
    });
    request.end(body);
  });
}

/** The address that is judged is the address that is connected to: no second question whose answer could differ. */
const publicLookup: LookupFunction = (host, options, found) => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    if (error) return found(error, '', 0);
    const [first] = addresses;
    if (!first || addresses.some(({ address }) => isPrivateAddress(address)))
      return found(new Error(PRIVATE_REFUSED), '', 0);
    if (options.all) found(null, addresses);
    else found(null, first.address, first.family);
  });
};
