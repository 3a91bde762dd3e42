import { hostname } from 'node:os';
import { processIdentity } from './process-identity.js';

/** A process as it writes itself into a file, so that others can tell later whether it still runs. */
export interface ProcessRecord {
  pid: number;
  /** Tells it from other processes that had the same id before or after it (processIdentity). */
  identity: string;
  host: string;
}

/** 'elsewhere': on another machine or in another container, whose processes cannot be seen from here. */
export type ProcessStatus = 'running' | 'ended' | 'elsewhere';

export async function recordOfThisProcess(): Promise<ProcessRecord> {
  return { pid: process.pid, identity: (await processIdentity(process.pid)) ?? '', host: hostname() };
}

export async function statusOf(record: ProcessRecord): Promise<ProcessStatus> {
  return statusFrom(record, hostname(), await processIdentity(record.pid));
}

/** `identity`: of the process that has the record's id on this machine now; undefined when there is none. */
export function statusFrom(record: ProcessRecord, host: string, identity: string | undefined): ProcessStatus {
  if (record.host !== host) return 'elsewhere';
  return record.identity === identity ? 'running' : 'ended';
}

/** Undefined when the text is not, or not yet, a whole record. */
export function parseRecord<T extends ProcessRecord>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
