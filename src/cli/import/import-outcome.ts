import { printable } from '../../platform/logging/printable.js';
import { tableLines } from '../table.js';

/** Outcome of importing one file. */
export type Outcome =
  | { kind: 'imported'; songId: string }
  /** The server already has a song with the same bytes. */
  | { kind: 'duplicate'; songId: string }
  /** The file would be imported; only with --dry-run. */
  | { kind: 'new' }
  /** The server rejected the file permanently. */
  | { kind: 'refused'; code: string; reason: string }
  /** The import failed for a reason other than the file, even after retries. */
  | { kind: 'failed'; code: string; reason: string };

export type Outcomes = Map<string, Outcome>;

const ROWS: [Outcome['kind'], string][] = [
  ['new', 'would be imported'],
  ['imported', 'imported'],
  ['duplicate', 'duplicates'],
  ['refused', 'refused'],
  ['failed', 'failed'],
];

/** The message of an error, with that of its cause. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error };
  return cause?.message ? `${message}: ${cause.message}` : message;
}

/** The final table: the numbers of files by outcome, then every refused or failed file with its reason. */
export function closingTable(
  outcomes: Outcomes,
  notBegun: number,
  skipped: ReadonlyMap<string, number>,
): string {
  const rows: [string, number, string][] = ROWS.map(([kind, label]) => [label, numberOf(outcomes, kind), '']);
  const sorted = [...skipped].sort(([, a], [, b]) => b - a);
  const reasons = sorted.map(([reason, count]) => `${count} ${reason}`).join(', ');
  rows.push(['skipped', sorted.reduce((sum, [, count]) => sum + count, 0), printable(reasons)]);
  if (notBegun > 0) rows.push(['not begun', notBegun, 'run the same command again to go on']);
  const shown = rows.filter(([label, count]) => count > 0 || label === 'imported');
  const lines = tableLines(
    shown.map(([label, count, note]) => [label, String(count), note]),
    [{ width: 18, gap: 0 }, { align: 'right' }],
  );
  for (const [path, outcome] of outcomes) {
    if (outcome.kind !== 'refused' && outcome.kind !== 'failed') continue;
    lines.push(
      '',
      `  ${outcome.kind} ${printable(path)}`,
      `    ${outcome.code}: ${printable(outcome.reason)}`,
    );
  }
  return `\n${lines.join('\n')}\n\n`;
}

/** 0 if all files are in the library now (or would be), 1 if any was refused, failed or not begun. */
export function importExitCode(outcomes: Outcomes, notBegun: number): number {
  return numberOf(outcomes, 'refused') + numberOf(outcomes, 'failed') + notBegun > 0 ? 1 : 0;
}

const numberOf = (outcomes: Outcomes, kind: Outcome['kind']) =>
  [...outcomes.values()].filter((outcome) => outcome.kind === kind).length;
