import { retry } from '../../platform/async/retry.js';
import { CloudflareError, type CloudflareApi, type CloudflareMethod } from './cloudflare-api.js';
import {
  isSame,
  ruleFor,
  withCorsRule,
  type CorsRule,
  type CloudflareRules,
  type R2Bucket,
  type ExistingRule,
} from './cloudflare-rules.js';

/** A call to Cloudflare's API that changes something. */
export interface Change {
  method: CloudflareMethod;
  path: string;
  body: unknown;
  headers?: Record<string, string>;
  /** Description for the operator. */
  what: string;
  /** The permission that the call needs, as Cloudflare's dashboard names it. */
  scope: string;
}

export interface Target {
  zoneId: string;
  cdnBaseUrl: string;
  /** Null if the media is not stored in an R2 bucket. */
  bucket: R2Bucket | null;
}

interface Ruleset {
  id: string;
  rules?: ExistingRule[];
}

/** Pauses follow Retry-After, or double starting at one second. */
const POLICY = { attempts: 5, firstPauseMs: 1_000, longestPauseMs: 300_000 };

/**
 * Applies rules.json to a zone. A phase's entry point holds the rules of the whole zone: it is read first, and only the
 * rules with our references are added or changed, one by one, so that no other rule is rewritten, moved or lost.
 */
export class CloudflareApply {
  constructor(
    private readonly api: CloudflareApi,
    private readonly rules: CloudflareRules,
    private readonly target: Target,
    private readonly say: (line: string) => void = () => undefined,
  ) {}

  /** Returns the changes that are needed and makes none. Rejects with CloudflareError. */
  async changes(): Promise<Change[]> {
    const changes: Change[] = [];
    for (const phase of Object.keys(this.rules.phases)) changes.push(...(await this.changesOfPhase(phase)));
    for (const [setting, value] of Object.entries(this.rules.settings)) {
      const path = `${this.zone}/${setting}`;
      const found = await this.retry(() => this.api.find<{ value: string }>(path));
      if (found?.value !== value)
        changes.push({
          method: 'PATCH',
          path,
          body: { value },
          what: `${setting}: ${value}`,
          scope: scopeFor(path),
        });
    }
    if (this.target.bucket) changes.push(...(await this.changesOfBucket(this.target.bucket)));
    return changes;
  }

  /** Makes one change. Rejects with CloudflareError. */
  async make({ method, path, body, headers }: Change): Promise<void> {
    await this.retry(() => this.api.call(method, path, body, headers));
  }

  private get zone(): string {
    return `/zones/${this.target.zoneId}`;
  }

  private async changesOfPhase(phase: string): Promise<Change[]> {
    const wanted = this.rules.phases[phase]!.map((rule) => ruleFor(this.target.cdnBaseUrl, rule));
    const entryPoint = `${this.zone}/rulesets/phases/${phase}/entrypoint`;
    const scope = scopeFor(entryPoint);
    const ruleset = await this.retry(() => this.api.find<Ruleset>(entryPoint));
    if (!ruleset) {
      const what = `${phase}: made, with ${wanted.map(({ ref }) => ref).join(', ')}`;
      return [{ method: 'PUT', path: entryPoint, body: { rules: wanted }, what, scope }];
    }
    const rules = `${this.zone}/rulesets/${ruleset.id}/rules`;
    return wanted.flatMap((rule): Change[] => {
      const existing = ruleset.rules?.find(({ ref }) => ref === rule.ref);
      if (!existing)
        return [{ method: 'POST', path: rules, body: rule, what: `${phase}: ${rule.ref} added`, scope }];
      if (isSame(existing, rule)) return [];
      const path = `${rules}/${existing.id}`;
      return [{ method: 'PATCH', path, body: rule, what: `${phase}: ${rule.ref} changed`, scope }];
    });
  }

  private async changesOfBucket({ path: bucket, headers }: R2Bucket): Promise<Change[]> {
    const path = `${bucket}/cors`;
    const found = await this.retry(() => this.api.find<{ rules?: CorsRule[] }>(path, headers));
    const rules = withCorsRule(found?.rules ?? [], this.rules.bucketCors);
    if (!rules) return [];
    const what = 'R2 bucket: CORS rule';
    return [{ method: 'PUT', path, body: { rules }, headers, what, scope: scopeFor(path) }];
  }

  private retry<T>(call: () => Promise<T>): Promise<T> {
    return retry(call, {
      ...POLICY,
      isTransient: (error) => error instanceof CloudflareError && error.isTransient,
      askedPauseMs: (error) => {
        const { retryAfterSeconds } = error as CloudflareError;
        return retryAfterSeconds === null ? null : retryAfterSeconds * 1000;
      },
      onFailure: (error, pauseMs) => {
        const { status } = error as CloudflareError;
        this.say(`Cloudflare is not available (${status || 'no answer'}), again in ${pauseMs / 1000} s`);
      },
    });
  }
}

/** Permissions that Cloudflare's pages on rules name besides the zone's own (Cache Rules, "Create a rule via API"). */
const RULESET_PERMISSIONS =
  ' If it is still refused, add "Account > Account Rulesets > Edit" and "Account > Account Filter Lists > Edit".';

/** Advice for the operator about an error of the API. */
export function adviceFor({ status, message, path }: CloudflareError, scope = scopeFor(path)): string {
  if (status === 401 || status === 403 || /authentication/i.test(message))
    return `The token in CLOUDFLARE_API_TOKEN lacks "${scope}" for this, or is not valid. Edit it under My Profile, API Tokens.${path.includes('/rulesets') ? RULESET_PERMISSIONS : ''}`;
  if (status === 404 && path.includes('/r2/'))
    return 'Check S3_BUCKET and the account in S3_ENDPOINT; a bucket of a jurisdiction has it in its endpoint (<account>.eu.r2.cloudflarestorage.com).';
  if (status === 404 || status === 400)
    return 'See that CLOUDFLARE_ZONE_ID is the zone of the host in CDN_BASE_URL.';
  return 'Try again later.';
}

/** The permission that a path needs, as Cloudflare's dashboard names it (table in docs/operations.md). */
function scopeFor(path: string): string {
  if (path.includes('/r2/')) return 'Account > Workers R2 Storage > Edit';
  if (path.includes('http_response_compression')) return 'Zone > Response Compression > Edit';
  if (path.includes('http_response_headers_transform')) return 'Zone > Transform Rules > Edit';
  if (path.includes('/rulesets/')) return 'Zone > Cache Rules > Edit';
  if (path.endsWith('/purge_cache')) return 'Zone > Cache Purge > Purge';
  return 'Zone > Zone Settings > Edit';
}
