import { printable } from '../../platform/logging/printable.js';
import type { StoreName } from '../../platform/config/store-settings.js';
import type { OwnerKind } from './owner.js';

export interface Progress {
  total(owners: number): void;
  begins(title: string): void;
  done(): void;
}

export interface Failure {
  kind: OwnerKind;
  id: string;
  title: string;
  reason: string;
}

export interface MigrationReport {
  /** Number of moved songs and album covers. */
  moved: number;
  /** Number of owners deleted while they were copied. */
  gone: number;
  /** Number of objects copied by this run. */
  objects: number;
  bytes: number;
  /** Number of objects that an earlier run had copied, verified by reading. */
  present: number;
  failed: Failure[];
  /** Whether the run stopped before the end, by Ctrl-C or because it was hopeless. */
  stopped: boolean;
  /** Whether the run stopped because a store failed repeatedly. */
  hopeless: boolean;
  /** Number of owners that still have media in the old store. */
  left: number;
}

export interface Survey {
  songs: number;
  albums: number;
  objects: number;
  bytes: number;
  largestBytes: number;
  refused: Failure[];
}

const MEGABYTE = 1_000_000;

export function megabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
}

export function surveyText(survey: Survey, from: StoreName, to: StoreName): string {
  return table(
    [
      ['songs', survey.songs],
      ['albums', survey.albums],
      ['objects', survey.objects],
    ],
    [
      `  ${megabytes(survey.bytes)} would go from ${from} to ${to}; the largest file has ${megabytes(survey.largestBytes)}.`,
      ...failures(survey.refused, 'would stay'),
      '  Nothing was changed.',
    ],
  );
}

export function reportText(report: MigrationReport, from: StoreName, to: StoreName): string {
  const end =
    report.left === 0
      ? [
          `  Everything is in ${to} now. The old files were kept: --remove-moved removes them when you trust the new ones.`,
        ]
      : [
          `  ${report.left} ${report.left === 1 ? 'is' : 'are'} still in ${from}. Run the same command again to go on.`,
        ];
  return table(
    [
      ['moved', report.moved],
      ['deleted meanwhile', report.gone],
      ['files copied', report.objects],
      ['found in place', report.present],
      ['failed', report.failed.length],
    ],
    [
      `  ${megabytes(report.bytes)} were copied, and read back from ${to}.`,
      ...failures(report.failed, 'stays'),
      ...(report.hopeless
        ? ['  Stopped before the end, because it failed again and again for the last reason above.']
        : []),
      ...end,
    ],
  );
}

/** 0 if everything has moved, else 1. */
export function migrationExitCode({ left, failed, stopped }: MigrationReport): number {
  return left > 0 || failed.length > 0 || stopped ? 1 : 0;
}

function failures(failed: readonly Failure[], verb: string): string[] {
  return failed.flatMap(({ kind, id, title, reason }) => [
    `  ${verb}: ${kind} ${id} "${printable(title)}"`,
    `    ${printable(reason)}`,
  ]);
}

function table(rows: [string, number][], notes: string[]): string {
  const shown = rows.filter(([, count], i) => count > 0 || i === 0);
  const width = Math.max(...shown.map(([, count]) => String(count).length));
  const lines = shown.map(([label, count]) => `  ${label.padEnd(18)}${String(count).padStart(width)}`);
  return `\n${[...lines, ...notes].join('\n')}\n\n`;
}
