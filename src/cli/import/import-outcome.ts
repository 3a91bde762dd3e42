import { printable } from '../../platform/logging/printable.js';

/** What became of one file. */
export type Outcome =
  | { kind: 'imported'; songId: string }
  /** The server has these bytes already. */
  | { kind: 'duplicate'; songId: string }
  /** Only with --dry-run. */
  | { kind: 'new' }
  /** The server looked at it and said no; asking again would change nothing. */
  | { kind: 'refused'; code: string; reason: string }
  /** It could not be asked, however often we tried. */
  | { kind: 'failed'; code: string; reason: string };

export type Outcomes = Map<string, Outcome>;

const ROWS: [Outcome['kind'], string][] = [
  ['new', 'would be imported'],
  ['imported', 'imported'],
  ['duplicate', 'duplicates'],
  ['refused', 'refused'],
  ['failed', 'failed'],
];

/** An error in a sentence, with what it was caused by. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error };
  return cause?.message ? `${message}: ${cause.message}` : message;
}

/** The closing table: how many of each, then every file that needs a person's attention and why. */
export function closingTable(
  outcomes: Outcomes,
  notBegun: number,
  passedOver: ReadonlyMap<string, number>,
): string {
  const rows: [string, number, string][] = ROWS.map(([kind, label]) => [label, numberOf(outcomes, kind), '']);
  const passed = [...passedOver].sort(([, a], [, b]) => b - a);
  const reasons = passed.map(([reason, count]) => `${count} ${reason}`).join(', ');
  rows.push(['passed over', passed.reduce((sum, [, count]) => sum + count, 0), printable(reasons)]);
  if (notBegun > 0) rows.push(['not begun', notBegun, 'run the same command again to go on']);
  const shown = rows.filter(([label, count]) => count > 0 || label === 'imported');
  const width = Math.max(...shown.map(([, count]) => String(count).length));
  const lines = shown.map(([label, count, note]) =>
    `  ${label.padEnd(18)}${String(count).padStart(width)}  ${note}`.trimEnd(),
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

/** 0: everything is in the library now (or would be). 1: something was refused, failed or not begun. */
export function importExitCode(outcomes: Outcomes, notBegun: number): number {
  return numberOf(outcomes, 'refused') + numberOf(outcomes, 'failed') + notBegun > 0 ? 1 : 0;
}

const numberOf = (outcomes: Outcomes, kind: Outcome['kind']) =>
  [...outcomes.values()].filter((outcome) => outcome.kind === kind).length;
