import { adviceOn } from './cdn-advice.js';
import { cacheStatusOf, edgeOf, type EdgeName } from './cdn-cache-status.js';
import type { EdgeAnswer, EdgeAspect, EdgeFacts, EdgeFinding, EdgeReport, KindVerdict } from './cdn-facts.js';
import { isKeptBlindly } from './cdn-ticket.js';

/** Less is no caching of what never changes, seconds. */
const LEAST_MAX_AGE = 86_400;

type ObjectAspect = Exclude<EdgeAspect, 'policy'>;
type Judge = (facts: EdgeFacts, again: EdgeAnswer) => [ObjectAspect, EdgeFinding['level'], string] | null;

/** Everything that is wrong with one object; none: all is well. */
export function checkObject(facts: EdgeFacts): EdgeFinding[] {
  const { kind, label, again, first, extension, ticketed } = facts;
  const edge: EdgeName = again ? edgeOf(again.headers) : 'unknown';
  const found = (aspect: ObjectAspect, level: EdgeFinding['level'], message: string): EdgeFinding => ({
    ...{ kind, label, aspect, level, message },
    advice: adviceOn(aspect, { kind, edge, extension, ticketed, status: again?.status ?? null }),
  });
  if (!first || !again) return [found('status', 'failure', `no answer: ${facts.failure ?? 'none came'}`)];
  if (kind === 'missing') return missing(again).map((each) => found(...each));
  if (kind === 'unticketed')
    return again.status < 400 ? [found('status', 'failure', `${again.status} without a ticket`)] : [];
  if (again.status !== 200 && again.status !== 206)
    return [found('status', 'failure', `status ${again.status}`)];
  return JUDGES.map((look) => look(facts, again))
    .filter((each) => each !== null)
    .map((each) => found(...each));
}

const JUDGES: Judge[] = [
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
    const level = edgeOf(headers) === 'unknown' ? 'warning' : 'failure';
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

function missing({ status, headers }: EdgeAnswer): [ObjectAspect, EdgeFinding['level'], string][] {
  if (status < 400) return [['status', 'failure', `${status} for what does not exist`]];
  const { hit, said } = cacheStatusOf(headers);
  if (hit) return [['hit', 'failure', `"does not exist" is cached (${said})`]];
  return status === 404 || status === 410 ? [] : [['status', 'warning', `${status} for what does not exist`]];
}

const OF_CACHING: readonly EdgeAspect[] = ['cacheable', 'hit', 'cookie'];

export function summarise(songId: string, read: EdgeFacts[], requests: number): EdgeReport {
  const findings = read.flatMap(checkObject);
  const answered = read.find(({ again }) => again)?.again;
  const kinds = [...new Set(read.map(({ kind }) => kind))].map((kind): KindVerdict => {
    const failures = findings.filter((each) => each.kind === kind && each.level === 'failure');
    const up = failures.every(({ aspect }) => OF_CACHING.includes(aspect));
    return { kind, up, cacheable: up && failures.length === 0 };
  });
  return { songId, edge: answered ? edgeOf(answered.headers) : 'unknown', requests, kinds, findings };
}
