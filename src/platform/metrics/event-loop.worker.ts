import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { EventLoopState } from './event-loop-state.js';

/** How often the thread checks, milliseconds. */
const LOOK_MS = 100;
/** From this time on a loop counts as blocked, milliseconds. */
const BLOCKED_MS = 1_000;

export interface WatchData {
  memory: SharedArrayBuffer;
  /** As LOG_FORMAT. */
  format: 'pretty' | 'json';
}

const { memory, format } = workerData as WatchData;
const state = new EventLoopState(memory);
let beats = state.beats;
let looked = performance.now();
/** Time since the last heartbeat of the event loop, milliseconds. */
let still = 0;

setInterval(() => {
  const now = performance.now();
  // A suspended machine or stopped process also stops this thread; that time does not count as blocked.
  const passed = Math.min(now - looked, 3 * LOOK_MS);
  looked = now;
  const before = still;
  still = state.beats === beats ? still + passed : 0;
  beats = state.beats;
  const began = before < BLOCKED_MS && still >= BLOCKED_MS;
  if (still >= BLOCKED_MS) state.blocked(began ? still : passed, began);
  if (began) log('The event loop has been blocked for a second: no request is answered.');
  else if (before >= BLOCKED_MS && still === 0)
    log(`The event loop runs again; it was blocked for ${(before / 1000).toFixed(1)} s.`);
}, LOOK_MS);

/** Writes to stdout directly, because the logger runs on the event loop that is blocked. */
function log(msg: string): void {
  const operation = state.running || undefined;
  const line =
    format === 'json'
      ? JSON.stringify({
          level: 50,
          time: Date.now(),
          pid: process.pid,
          context: 'EventLoop',
          operation,
          msg,
        })
      : `[${new Date().toISOString()}] ERROR: [EventLoop] ${msg}${operation ? ` Running: ${operation}.` : ''}`;
  writeSync(1, `${line}\n`);
}
