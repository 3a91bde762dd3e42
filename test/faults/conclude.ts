import { expect } from '@jest/globals';
import { report } from './fault-row.js';
import type { UploadBatch } from './upload-batch.js';

/**
 * Ends a batch, adds its row to the table, and expects that no acknowledged write is lost. `recovered`: seconds until
 * recovery, one value per fault.
 */
export async function conclude(
  batch: UploadBatch,
  place: number,
  fault: string,
  recovered: number[],
): Promise<void> {
  await batch.stop();
  const losses = await batch.losses();
  const { acknowledged } = batch;
  await report(place, { fault, tries: recovered.length, acknowledged, lost: losses.length, recovered });
  expect(losses).toEqual([]);
  expect(batch.surprises).toEqual([]);
}
