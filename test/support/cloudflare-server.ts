import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export const ZONE = '023e105f4ecef8ad9ca31a8372d0c353';
export const ACCOUNT = '699d98642c564d2e855e9661899b7252';
export const TOKEN = 'test-token-that-nobody-may-print';

/** The permission that each API path needs. */
const SCOPES: readonly [RegExp, Scope][] = [
  [/\/phases\/http_request_cache_settings\//, 'cache rules'],
  [/\/phases\/http_response_compression\//, 'compression'],
  [/\/phases\/http_response_headers_transform\//, 'transform'],
  [/\/rulesets\//, 'cache rules'],
  [/\/purge_cache$/, 'purge'],
  [/\/r2\//, 'r2'],
  [/./, 'settings'],
];
export type Scope = 'cache rules' | 'compression' | 'transform' | 'purge' | 'r2' | 'settings';

export interface Asked {
  method: string;
  path: string;
  body: any;
  at: number;
}

type Rule = Record<string, any>;
interface Ruleset {
  id: string;
  phase: string;
  kind: 'zone';
  version: string;
  rules: Rule[];
}

/** A failure in Cloudflare's envelope. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

/**
 * Answers as the documentation of Cloudflare's API says, for the parts that we use (developers.cloudflare.com/api): the
 * envelope, entry points of phases, single rules, zone settings, purge by prefix under a token bucket, CORS of an R2
 * bucket. Behaviour of Cloudflare that is not documented is not simulated.
 */
export class CloudflareServer {
  readonly asked: Asked[] = [];
  readonly rulesets = new Map<string, Ruleset>();
  readonly settings = new Map<string, string>([['argo/tiered_caching', 'off']]);
  cors: { rules: Rule[] } | null = null;
  /** Jurisdiction of the bucket; requests that do not name it do not find the bucket. */
  jurisdiction: string | undefined;
  scopes = new Set<Scope>(['cache rules', 'compression', 'transform', 'purge', 'r2', 'settings']);
  /** Errors that replace the next answers, in this order. */
  readonly troubles: { status: number; retryAfter?: number }[] = [];
  /** Called with every purge request; the request is answered when the returned promise resolves. */
  beforePurge: (prefixes: string[]) => Promise<void> = () => Promise.resolve();
  /** Token bucket of the purge requests: its size, and how many tokens are added per second. */
  bucket = { size: 25, perSecond: 5 / 60, left: 25, at: Date.now() };
  private ids = 0;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<CloudflareServer> {
    const server = createServer();
    const cloudflare = new CloudflareServer(server);
    server.on('request', (request, response) => void cloudflare.answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return cloudflare;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/client/v4`;
  }

  /** Settings with which a server uses this API. */
  get env(): Record<string, string> {
    return { CLOUDFLARE_API_URL: this.url, CLOUDFLARE_ZONE_ID: ZONE, CLOUDFLARE_API_TOKEN: TOKEN };
  }

  get purges(): Asked[] {
    return this.asked.filter(({ path }) => path.endsWith('/purge_cache'));
  }

  get writes(): Asked[] {
    return this.asked.filter(({ method }) => method !== 'GET');
  }

  /** Sets rules directly, as an operator does in the dashboard. */
  presetRules(phase: string, rules: Rule[]): void {
    this.rulesets.set(phase, this.made(phase, rules));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!.replace('/client/v4', '');
    const body: any = await json(request).catch(() => undefined);
    this.asked.push({ method: request.method!, path, body, at: Date.now() });
    if (path.endsWith('/purge_cache')) await this.beforePurge(body.prefixes);
    const send = (status: number, envelope: object, headers = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify({ messages: [], ...envelope }));
    try {
      this.admit(request, path);
      this.findBucket(request, path);
      send(200, { success: true, errors: [], result: this.result(request.method!, path, body) });
    } catch (error) {
      const { status = 500, code = 1000, message, headers } = error as Refusal;
      send(status, { success: false, errors: [{ code, message }], result: null }, headers);
    }
  }

  private admit(request: IncomingMessage, path: string): void {
    const trouble = this.troubles.shift();
    if (trouble) {
      const headers: Record<string, string> =
        trouble.retryAfter === undefined ? {} : { 'retry-after': String(trouble.retryAfter) };
      throw new Refusal(
        trouble.status,
        971,
        'Please wait and consider throttling your request speed',
        headers,
      );
    }
    const scope = SCOPES.find(([where]) => where.test(path))![1];
    const isKnown = request.headers.authorization === `Bearer ${TOKEN}`;
    if (!isKnown || !this.scopes.has(scope)) throw new Refusal(403, 10_000, 'Authentication error');
  }

  private findBucket(request: IncomingMessage, path: string): void {
    const isFound =
      path.startsWith(`/accounts/${ACCOUNT}/r2/buckets/music/`) &&
      request.headers['cf-r2-jurisdiction'] === this.jurisdiction;
    if (path.includes('/r2/') && !isFound)
      throw new Refusal(404, 10_006, 'The specified bucket does not exist.');
  }

  private result(method: string, path: string, body: any): unknown {
    const zone = /^\/zones\/(\w+)\/(.+)$/.exec(path);
    if (path.startsWith(`/accounts/${ACCOUNT}/r2/buckets/`) && path.endsWith('/cors')) {
      if (method === 'PUT') this.cors = body;
      if (!this.cors) throw new Refusal(404, 10_059, 'The CORS configuration does not exist.');
      return this.cors;
    }
    if (zone?.[1] !== ZONE) throw new Refusal(404, 7003, 'Could not route to that zone.');
    const below = zone[2]!;
    if (below === 'purge_cache') return this.purge(body);
    const phase = /^rulesets\/phases\/(\w+)\/entrypoint$/.exec(below)?.[1];
    if (phase) return this.entryPoint(method, phase, body);
    if (below.startsWith('rulesets/')) return this.singleRule(method, below, body);
    if (method === 'PATCH') this.settings.set(below, body.value);
    const value = this.settings.get(below);
    if (value === undefined) throw new Refusal(404, 1142, 'The zone setting does not exist.');
    return { id: below, editable: true, value };
  }

  private entryPoint(method: string, phase: string, body: any): Ruleset {
    if (method === 'PUT') this.rulesets.set(phase, this.made(phase, body.rules));
    const ruleset = this.rulesets.get(phase);
    if (!ruleset) throw new Refusal(404, 10_003, `could not find entrypoint ruleset in the ${phase} phase`);
    return ruleset;
  }

  private singleRule(method: string, below: string, body: any): Ruleset {
    const [, rulesetId, , ruleId] = below.split('/');
    const ruleset = [...this.rulesets.values()].find(({ id }) => id === rulesetId);
    const at = ruleset?.rules.findIndex(({ id }) => id === ruleId) ?? -1;
    if (!ruleset || (method === 'PATCH' && at < 0)) throw new Refusal(404, 10_001, 'not found');
    if (method === 'PATCH') ruleset.rules[at] = { ...this.ruleOf(body), id: ruleId };
    else ruleset.rules.push(this.ruleOf(body));
    return ruleset;
  }

  private made(phase: string, rules: Rule[]): Ruleset {
    const made = rules.map((rule) => this.ruleOf(rule));
    return { id: this.newId(), phase, kind: 'zone', version: '1', rules: made };
  }

  /** Refuses read-only fields; a rule without `ref` gets its id as one. */
  private ruleOf(rule: Rule): Rule {
    if ('version' in rule || 'last_updated' in rule) throw new Refusal(400, 20_016, 'unknown field in rule');
    if (!rule['action'] || !rule['expression']) throw new Refusal(400, 20_015, 'a rule needs both');
    const id = this.newId();
    return { ref: id, enabled: true, ...rule, id, version: '1', last_updated: new Date().toISOString() };
  }

  private purge({ prefixes }: { prefixes?: string[] }): { id: string } {
    const now = Date.now();
    const { bucket } = this;
    bucket.left = Math.min(bucket.size, bucket.left + ((now - bucket.at) / 1000) * bucket.perSecond);
    bucket.at = now;
    if (bucket.left < 1)
      throw new Refusal(429, 1134, 'Unable to purge, rate limit reached', { 'retry-after': '2' });
    bucket.left -= 1;
    if (!prefixes?.length || prefixes.length > 30) throw new Refusal(400, 1094, 'Maximum 30 prefixes.');
    if (prefixes.some((prefix) => prefix.includes('://') || !/^[\w.-]+\.example\.com(\/|$)/.test(prefix)))
      throw new Refusal(400, 1116, 'Unable to purge, prefixes must belong to your zone');
    return { id: ZONE };
  }

  private newId(): string {
    this.ids += 1;
    return this.ids.toString(16).padStart(32, '0');
  }
}
