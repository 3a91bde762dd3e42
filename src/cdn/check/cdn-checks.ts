import { adviceOn } from './cdn-advice.js';
import { cacheStatusOf, cdnOf, type CdnName } from './cdn-cache-status.js';
import type { CdnResponse, CdnAspect, CdnFacts, CdnFinding, CdnReport, KindSummary } from './cdn-facts.js';
import { isKeptBlindly } from './cdn-ticket.js';

/** A shorter max-age is a failure, because media objects never change. Seconds. */
const LEAST_MAX_AGE = 86_400;

type ObjectAspect = Exclude<CdnAspect, 'policy'>;
type Check = (facts: CdnFacts, again: CdnResponse) => [ObjectAspect, CdnFinding['level'], string] | null;

/** Returns every problem of one object; an empty list means that the object is fine. */
export function checkObject(facts: CdnFacts): CdnFinding[] {
  const { kind, label, again, first, extension, ticketed } = facts;
  const edge: CdnName = again ? cdnOf(again.headers) : 'unknown';
  const found = (aspect: ObjectAspect, level: CdnFinding['level'], message: string): CdnFinding => ({
    kind,
    label,
    aspect,
    level,
    message,
    advice: adviceOn(aspect, {
      kind,
      edge,
      extension,
      ticketed,
      status: again?.status ?? null,
    }),
  });
  if (!first || !again) return [found('status', 'failure', `no answer: ${facts.failure ?? 'none came'}`)];
  if (kind === 'missing') return missing(again).map((each) => found(...each));
  if (kind === 'unticketed')
    return again.status < 400 ? [found('status', 'failure', `${again.status} without a ticket`)] : [];
  if (again.status !== 200 && again.status !== 206)
    return [found('status', 'failure', `status ${again.status}`)];
  return CHECKS.map((check) => check(facts, again))
    .filter((each) => each !== null)
    .map((each) => found(...each));
}

const CHECKS: Check[] = [
  ({ types }, { headers }) => {
    const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    return types.some((right) =>
      right.endsWith('/*') ? type.startsWith(right.slice(0, -1)) : type === right,
    )
      ? null
      : ['type', 'failure', `Content-Type ${type || 'missing'}, not ${types[0]}`];
  },
  ({ origin }, { headers }) => {
    const allowed = headers['access-control-allow-origin'];
    if (allowed === '*' || allowed === origin) return null;
    return ['cors', 'failure', `Access-Control-Allow-Origin ${allowed ?? 'missing'} for ${origin}`];
  },
  (_facts, { headers }) => {
    const said = headers['cache-control'] ?? '';
    const maxAge = Number(/(?:^|[\s,])max-age=(\d+)/i.exec(said)?.[1] ?? -1);
    if (/no-store|no-cache|private/i.test(said) || maxAge < LEAST_MAX_AGE)
      return ['cacheable', 'failure', `Cache-Control ${said || 'missing'}`];
    return /immutable/i.test(said) ? null : ['cacheable', 'warning', `Cache-Control ${said}, not immutable`];
  },
  (_facts, { headers }) => {
    const { hit, said } = cacheStatusOf(headers);
    if (hit) return null;
    if (hit === false) return ['hit', 'failure', `second read no HIT (${said})`];
    const level = cdnOf(headers) === 'unknown' ? 'warning' : 'failure';
    return ['hit', level, 'nothing says that a cache gave the second read'];
  },
  ({ ticketed }, { headers }) =>
    ticketed && isKeptBlindly(headers)
      ? ['ticket', 'failure', `kept with its ticket (${cacheStatusOf(headers).said})`]
      : null,
  ({ part, probe }) => {
    if (probe?.status === 200) return ['range', 'failure', 'Range bytes=0-1 answered 200, not 206'];
    if (!part || part.isRight) return null;
    const { status } = part.answer;
    return [
      'range',
      'failure',
      status === 206 ? 'a part has wrong bytes' : `Range answered ${status}, not 206`,
    ];
  },
  ({ kind }, { headers }) => {
    if (!['master', 'playlist', 'peaks'].includes(kind) || headers['content-encoding']) return null;
    return ['compression', 'failure', 'not compressed'];
  },
  ({ first }, { headers }) =>
    'set-cookie' in headers || 'set-cookie' in first!.headers ? ['cookie', 'failure', 'Set-Cookie'] : null,
  ({ recordedBytes, part }, { headers, bytes }) => {
    const length =
      part?.total ?? (headers['content-encoding'] ? bytes : Number(headers['content-length'] ?? bytes));
    const expected = recordedBytes ?? bytes;
    return length === expected ? null : ['length', 'failure', `${length} bytes, not ${expected}`];
  },
];

function missing({ status, headers }: CdnResponse): [ObjectAspect, CdnFinding['level'], string][] {
  if (status < 400) return [['status', 'failure', `${status} for what does not exist`]];
  const { hit, said } = cacheStatusOf(headers);
  if (hit) return [['hit', 'failure', `"does not exist" is cached (${said})`]];
  return status === 404 || status === 410 ? [] : [['status', 'warning', `${status} for what does not exist`]];
}

/** A kind that fails only in these is delivered, but not cached. */
const CACHING_ASPECTS: readonly CdnAspect[] = ['cacheable', 'hit', 'cookie'];

export function summarise(songId: string, read: CdnFacts[], requests: number): CdnReport {
  const findings = read.flatMap(checkObject);
  const answered = read.find(({ again }) => again)?.again;
  const kinds = [...new Set(read.map(({ kind }) => kind))].map((kind): KindSummary => {
    const failures = findings.filter((each) => each.kind === kind && each.level === 'failure');
    const up = failures.every(({ aspect }) => CACHING_ASPECTS.includes(aspect));
    return { kind, up, cacheable: up && failures.length === 0 };
  });
  return { songId, edge: answered ? cdnOf(answered.headers) : 'unknown', requests, kinds, findings };
}
