import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A rule of the Ruleset Engine; a reference of our own (`ref`) tells ours from the zone's others. */
export interface Rule {
  ref: string;
  description: string;
  expression: string;
  action: string;
  action_parameters: Record<string, unknown>;
  enabled: boolean;
}

/** A rule as the zone has it. */
export type ExistingRule = Partial<Rule> & { id?: string };

/** A rule for cross-origin requests as R2's API has it. */
export interface CorsRule {
  id?: string;
  allowed: { methods: string[]; origins: string[]; headers?: string[] };
  exposeHeaders?: string[];
  maxAgeSeconds?: number;
}

/** deploy/cloudflare/rules.json: what Cloudflare should do for us. Terraform reads the same file. */
export interface CloudflareRules {
  /** By phase. "MEDIA" in an expression stands for "this request asks for our media". */
  phases: Record<string, Rule[]>;
  /** Zone settings by their path below the zone. */
  settings: Record<string, 'on' | 'off'>;
  bucketCors: CorsRule;
}

const RULES = join(import.meta.dirname, '../../../deploy/cloudflare/rules.json');

export async function readCloudflareRules(): Promise<CloudflareRules> {
  return JSON.parse(await readFile(RULES, 'utf8')) as CloudflareRules;
}

/** "This request asks for our media", in the language of rules; deploy/cloudflare/main.tf does the same. */
export function mediaExpression(cdnBaseUrl: string): string {
  const { hostname, pathname } = new URL(cdnBaseUrl);
  const path = pathname.replace(/\/+$/, '');
  const host = `http.host eq "${hostname}"`;
  return path ? `(${host} and starts_with(http.request.uri.path, "${path}/"))` : `(${host})`;
}

export function ruleFor(cdnBaseUrl: string, rule: Rule): Rule {
  return { ...rule, expression: rule.expression.replaceAll('MEDIA', mediaExpression(cdnBaseUrl)) };
}

/** Whether the zone's rule does what ours says; what Cloudflare adds by itself (id, version, times) does not count. */
export function isSame(standing: ExistingRule, ours: Rule): boolean {
  return covers(standing, ours);
}

/** The bucket's rules with ours among them, or null when that is how they are. */
export function withCorsRule(standing: CorsRule[], ours: CorsRule): CorsRule[] | null {
  const at = standing.findIndex(({ id }) => id === ours.id);
  if (at < 0) return [...standing, ours];
  return covers(standing[at], ours) ? null : standing.map((rule, i) => (i === at ? ours : rule));
}

/** An R2 bucket in Cloudflare's API. */
export interface R2Bucket {
  path: string;
  /** A bucket of a jurisdiction is found only by who names it. */
  headers: Record<string, string>;
}

/** Told by the S3 settings; null when they are not of R2. */
export function r2Bucket(endpoint: string | undefined, bucket: string): R2Bucket | null {
  const parts = /^https:\/\/([0-9a-f]{32})(?:\.([a-z]+))?\.r2\.cloudflarestorage\.com$/.exec(endpoint ?? '');
  if (!parts || !bucket) return null;
  const [, account, jurisdiction] = parts;
  return {
    path: `/accounts/${account}/r2/buckets/${bucket}`,
    headers: jurisdiction ? { 'cf-r2-jurisdiction': jurisdiction } : {},
  };
}

/** Whether everything in `wanted` is in `there`, whatever else is. Lists must be equal. */
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
