import type { CdnFinding } from './cdn-facts.js';

/** The same trouble, of however many objects. */
export interface FindingGroup extends Pick<CdnFinding, 'level' | 'message' | 'advice'> {
  /** Kinds it was met with, each once. */
  kinds: string[];
  objects: number;
}

export function groupFindings(findings: CdnFinding[]): FindingGroup[] {
  const troubles = new Map<string, FindingGroup>();
  for (const { level, message, advice, kind } of findings) {
    const key = JSON.stringify([level, message, advice]);
    const trouble = troubles.get(key) ?? { level, message, advice, kinds: [], objects: 0 };
    if (!trouble.kinds.includes(kind)) trouble.kinds.push(kind);
    trouble.objects += 1;
    troubles.set(key, trouble);
  }
  return [...troubles.values()];
}

/** What failed and what to do, a sentence or two each. */
export function failureSentences(findings: CdnFinding[]): string[] {
  return groupFindings(findings)
    .filter(({ level }) => level === 'failure')
    .map(({ kinds, message, advice }) => `${kinds.join(', ')}: ${message}. ${advice}`);
}
