import { cacheStatusOf } from '../../cdn/check/cdn-cache-status.js';
import type { CdnFacts, CdnFinding } from '../../cdn/check/cdn-facts.js';
import { groupFindings } from '../../cdn/check/group-findings.js';
import { tableLines } from '../table.js';
import { checkObject } from '../../cdn/check/cdn-checks.js';
import type { PageFacts } from '../../cdn/check/page-check.js';

/** A table with one row per object and one column per checked property, then one sentence per finding. */
export function checkTable(read: CdnFacts[], page: PageFacts, hindrances: CdnFinding[]): string {
  const head = ['object', 'status', 'type', 'cache', 'second read', 'part', 'packed', 'verdict'];
  const rows = [head, ...read.map(rowOf), pageRow(page, hindrances)];
  const lines = tableLines(rows, [], '');
  const findings = sentences([...read.flatMap(checkObject), ...hindrances]);
  return [lines[0], '-'.repeat(lines[0]!.length), ...lines.slice(1), '', ...findings].join('\n');
}

function rowOf(facts: CdnFacts): string[] {
  const { kind, label, again, part } = facts;
  const name = label ? `${kind} (${label})` : kind;
  if (!again) return [name, '-', '', '', '', '', '', 'FAIL'];
  const { headers, status } = again;
  const found = checkObject(facts);
  const maxAge = /max-age=\d+/.exec(headers['cache-control'] ?? '')?.[0];
  return [
    name,
    String(status),
    (headers['content-type'] ?? '').split(';')[0]!,
    maxAge ?? headers['cache-control'] ?? '-',
    cacheStatusOf(headers).said || '-',
    part ? String(part.answer.status) : '',
    headers['content-encoding'] ?? '',
    verdictOf(found),
  ];
}

function pageRow({ status, policies }: PageFacts, hindrances: CdnFinding[]): string[] {
  const policy = policies.length > 0 ? 'policy' : '';
  return ['page', status === null ? '-' : String(status), policy, '', '', '', '', verdictOf(hindrances)];
}

const verdictOf = (found: CdnFinding[]): string =>
  found.some(({ level }) => level === 'failure') ? 'FAIL' : found.length > 0 ? 'look' : 'ok';

function sentences(findings: CdnFinding[]): string[] {
  return groupFindings(findings).flatMap(({ level, kinds, objects, message, advice }) => {
    const often = objects > 1 ? ` (${objects} objects)` : '';
    return [
      `${level === 'failure' ? 'FAIL' : 'look'}  ${kinds.join(', ')}${often}: ${message}.`,
      `      ${advice}`,
    ];
  });
}
