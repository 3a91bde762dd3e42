import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One row of the table in docs/reliability.md. */
export interface FaultRow {
  /** What happened to the installation. */
  fault: string;
  /** How often it happened. */
  tries: number;
  /** Writes that were answered with success: uploads and edits. */
  acknowledged: number;
  /** Acknowledged writes that were missing afterwards. */
  lost: number;
  /** Seconds from each fault until recovery. */
  recovered: number[];
}

/** Adds a row to the table that `npm run test:faults` prints. Rows are sorted by `place`. */
export async function report(place: number, row: FaultRow): Promise<void> {
  const folder = process.env.FAULTS_FOLDER;
  if (!folder) return;
  await writeFile(join(folder, `${String(place).padStart(2, '0')}.row.json`), JSON.stringify(row));
}
