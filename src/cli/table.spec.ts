import { describe, expect, it } from '@jest/globals';
import { columnWidths, tableLines } from './table.js';

describe('a table', () => {
  const rows = [
    ['quality', 'bytes'],
    ['64k', '1,234,567'],
  ];

  it('has columns as wide as their widest cells, two spaces apart', () => {
    expect(columnWidths(rows)).toEqual([7, 9]);
    expect(tableLines(rows)).toEqual(['  quality  bytes', '  64k      1,234,567']);
  });

  it('aligns columns to the right and adds no spaces at the end of a line', () => {
    expect(tableLines([...rows, ['128k', '']], [{}, { align: 'right' }], '')).toEqual([
      'quality      bytes',
      '64k      1,234,567',
      '128k',
    ]);
  });

  it('keeps the width and the gap that a column asks for', () => {
    expect(tableLines([['stored', '5 GB']], [{ width: 10, gap: 0 }])).toEqual(['  stored    5 GB']);
    expect(tableLines([['longer than that', '5 GB']], [{ width: 10, gap: 1 }])).toEqual([
      '  longer than that 5 GB',
    ]);
  });

  it('without rows has no lines', () => {
    expect(tableLines([])).toEqual([]);
  });
});
