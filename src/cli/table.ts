/** How a column is laid out. */
export interface Column {
  readonly align?: 'left' | 'right';
  /** Width at least, characters; the widest cell may need more. */
  readonly width?: number;
  /** Spaces before the next column; 2 if absent. */
  readonly gap?: number;
}

/** The width of each column's widest cell, characters. */
export function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
}

/** The lines of a table, without spaces at their ends. Columns without a description are aligned to the left. */
export function tableLines(
  rows: readonly (readonly string[])[],
  columns: readonly Column[] = [],
  indent = '  ',
): string[] {
  const widths = columnWidths(rows).map((widest, i) => Math.max(widest, columns[i]?.width ?? 0));
  const cellText = (cell: string, i: number): string => {
    const { align = 'left', gap = 2 } = columns[i] ?? {};
    const padded = align === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
    return padded + ' '.repeat(gap);
  };
  return rows.map((row) => (indent + row.map(cellText).join('')).trimEnd());
}
