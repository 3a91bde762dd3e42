import { createHmac } from 'node:crypto';
import { lookup as resolve } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPrivateAddress } from './private-addresses.js';

/** Time limit for the whole request, milliseconds. */
export const TIMEOUT_MS = 10_000;
const MAX_RESPONSE_BYTES = 1_024;
/** Time limit for the rest of the response body, which is only kept for the log, milliseconds. */
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

/** The `X-Signature` header for a body sent at `seconds` (Unix time). */
export function signature(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Whether the host of a URL is a private address or localhost. Other names are checked when they are resolved. */
export function namesPrivateAddress({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 ? isPrivateAddress(host) : /(^|\.)localhost\.?$/i.test(host);
}

/**
 * Sends one POST without following redirects. Resolves once a status was received; rejects with the reason if none
 * was.
 */
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
    // A response that switches protocols ends without an error.
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

/** Checks the very address that is then connected to, so that a second DNS reply cannot differ from the checked one. */
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
