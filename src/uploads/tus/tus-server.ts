import { Server } from '@tus/server';
import { refusalBody } from './tus-refusals.js';

type Context = Parameters<Server['write']>[0];

/** The tus library's server with this API's error format: JSON with a stable code and one sentence. */
export class TusServer extends Server {
  override write(context: Context, headers: Headers, status: number, body = ''): ReturnType<Server['write']> {
    if (status < 400) return super.write(context, headers, status, body);
    headers.set('Content-Type', 'application/json; charset=utf-8');
    headers.set('Cache-Control', 'no-store');
    return super.write(context, headers, status, refusalBody(status, body));
  }
}
