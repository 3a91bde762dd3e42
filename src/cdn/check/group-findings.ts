import type { EdgeFinding } from './cdn-facts.js';

/** The same trouble, of however many objects. */
export interface EdgeTrouble extends Pick<EdgeFinding, 'level' | 'message' | 'advice'> {
  /** Kinds it was met with, each once. */
  kinds: string[];
  objects: number;
}

export function groupFindings(findings: EdgeFinding[]): EdgeTrouble[] {
  const troubles = new Map<string, EdgeTrouble>();
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
export function failureSentences(findings: EdgeFinding[]): string[] {
  return groupFindings(findings)
    .filter(({ level }) => level === 'failure')
    .map(({ kinds, message, advice }) => `${kinds.join(', ')}: ${message}. ${advice}`);
}
