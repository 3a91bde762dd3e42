import type { CdnFinding } from './cdn-facts.js';

/** Findings with the same message and advice, for any number of objects. */
export interface FindingGroup extends Pick<CdnFinding, 'level' | 'message' | 'advice'> {
  /** Affected kinds, each once. */
  kinds: string[];
  objects: number;
}

export function groupFindings(findings: CdnFinding[]): FindingGroup[] {
  const groups = new Map<string, FindingGroup>();
  for (const { level, message, advice, kind } of findings) {
    const key = JSON.stringify([level, message, advice]);
    const group = groups.get(key) ?? { level, message, advice, kinds: [], objects: 0 };
    if (!group.kinds.includes(kind)) group.kinds.push(kind);
    group.objects += 1;
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** One or two sentences per group of failures: what failed, and what to do. Warnings are left out. */
export function failureSentences(findings: CdnFinding[]): string[] {
  return groupFindings(findings)
    .filter(({ level }) => level === 'failure')
    .map(({ kinds, message, advice }) => `${kinds.join(', ')}: ${message}. ${advice}`);
}
