import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { ByteRange } from '../media-storage.js';
import type { StoreRetryPolicy } from '../remote/retry-policy.js';

/** Connections at once; further requests wait for a free one. */
const SOCKETS = 512;

/** Reads objects from Cloudinary's CDN. Rejects with `{ http_code }` unless the answer is 2xx. */
export class CloudinaryDelivery {
  private readonly agent: HttpAgent;
  private readonly request: typeof httpRequest;

  /** `base`: the URL up to the version or public id, without a trailing slash. */
  constructor(
    private readonly base: string,
    private readonly retryPolicy: StoreRetryPolicy,
  ) {
    const secure = base.startsWith('https:');
    this.agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: SOCKETS });
    this.request = secure ? httpsRequest : httpRequest;
  }

  destroy(): void {
    this.agent.destroy();
  }

  get(path: string, range?: ByteRange): Promise<IncomingMessage> {
    return this.ask('GET', path, range && { Range: `bytes=${range.start}-${range.end}` });
  }

  async head(path: string): Promise<IncomingMessage> {
    const answer = await this.ask('HEAD', path);
    answer.resume();
    return answer;
  }

  private ask(method: string, path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    const { idleMs } = this.retryPolicy;
    return new Promise((resolve, reject) => {
      // Without compression, so that sizes and ranges refer to the stored bytes.
      const sent = { ...headers, 'Accept-Encoding': 'identity' };
      const request = this.request(`${this.base}/${path}`, { method, agent: this.agent, headers: sent });
      const late = setTimeout(() => request.destroy(timedOut(idleMs)), idleMs);
      request.once('error', (error) => {
        clearTimeout(late);
        reject(error);
      });
      request.once('response', (answer) => {
        clearTimeout(late);
        const status = answer.statusCode as number;
        if (status < 300) {
          resolve(answer);
          return;
        }
        answer.resume();
        reject(Object.assign(new Error(`delivery answered ${status}`), { http_code: status }));
      });
      request.end();
    });
  }
}

function timedOut(idleMs: number): Error {
  return Object.assign(new Error(`no answer within ${idleMs} ms`), { code: 'ETIMEDOUT' });
}
