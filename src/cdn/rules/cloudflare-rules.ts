import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A rule of the Ruleset Engine. Its reference (`ref`) distinguishes our rules from the zone's others. */
export interface Rule {
  ref: string;
  description: string;
  expression: string;
  action: string;
  action_parameters: Record<string, unknown>;
  enabled: boolean;
}

/** A rule that exists in the zone. */
export type ExistingRule = Partial<Rule> & { id?: string };

/** A CORS rule in the form of R2's API. */
export interface CorsRule {
  id?: string;
  allowed: { methods: string[]; origins: string[]; headers?: string[] };
  exposeHeaders?: string[];
  maxAgeSeconds?: number;
}

/** Contents of deploy/cloudflare/rules.json: the rules and settings of a zone. Terraform reads the same file. */
export interface CloudflareRules {
  /** Rules by phase. "MEDIA" in an expression is replaced by mediaExpression(). */
  phases: Record<string, Rule[]>;
  /** Zone settings, by path below the zone. */
  settings: Record<string, 'on' | 'off'>;
  bucketCors: CorsRule;
}

const RULES = join(import.meta.dirname, '../../../deploy/cloudflare/rules.json');

export async function readCloudflareRules(): Promise<CloudflareRules> {
  return JSON.parse(await readFile(RULES, 'utf8')) as CloudflareRules;
}

/** Rule expression that matches requests for our media; deploy/cloudflare/main.tf builds the same one. */
export function mediaExpression(cdnBaseUrl: string): string {
  const { hostname, pathname } = new URL(cdnBaseUrl);
  const path = pathname.replace(/\/+$/, '');
  const host = `http.host eq "${hostname}"`;
  return path ? `(${host} and starts_with(http.request.uri.path, "${path}/"))` : `(${host})`;
}

export function ruleFor(cdnBaseUrl: string, rule: Rule): Rule {
  return { ...rule, expression: rule.expression.replaceAll('MEDIA', mediaExpression(cdnBaseUrl)) };
}

/** Says whether the existing rule equals ours, apart from fields that Cloudflare adds (id, version, times). */
export function isSame(existing: ExistingRule, ours: Rule): boolean {
  return covers(existing, ours);
}

/** Returns the bucket's rules with ours added or replaced; null if nothing has to change. */
export function withCorsRule(existing: CorsRule[], ours: CorsRule): CorsRule[] | null {
  const at = existing.findIndex(({ id }) => id === ours.id);
  if (at < 0) return [...existing, ours];
  return covers(existing[at], ours) ? null : existing.map((rule, i) => (i === at ? ours : rule));
}

/** An R2 bucket in Cloudflare's API. */
export interface R2Bucket {
  path: string;
  /** Names the jurisdiction, without which Cloudflare does not find a bucket in one. */
  headers: Record<string, string>;
}

/** Derives the bucket from the S3 settings; null if they do not name R2. */
export function r2Bucket(endpoint: string | undefined, bucket: string): R2Bucket | null {
  const parts = /^https:\/\/([0-9a-f]{32})(?:\.([a-z]+))?\.r2\.cloudflarestorage\.com$/.exec(endpoint ?? '');
  if (!parts || !bucket) return null;
  const [, account, jurisdiction] = parts;
  return {
    path: `/accounts/${account}/r2/buckets/${bucket}`,
    headers: jurisdiction ? { 'cf-r2-jurisdiction': jurisdiction } : {},
  };
}

/** Says whether `there` contains everything in `wanted`; it may contain more, but lists must be equal. */
function covers(there: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(there) &&
      there.length === wanted.length &&
      wanted.every((item, i) => covers(there[i], item))
    );
  }
  if (wanted === null || typeof wanted !== 'object') return there === wanted;
  if (there === null || typeof there !== 'object') return false;
  return Object.entries(wanted).every(([key, value]) =>
    covers((there as Record<string, unknown>)[key], value),
  );
}
