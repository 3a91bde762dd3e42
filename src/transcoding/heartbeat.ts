import { Logger } from '@nestjs/common';
import type { Attempt } from '../songs/processing/attempt.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import type { SongLifecycle } from '../songs/processing/song-lifecycle.service.js';

/** Progress is written at most this often, milliseconds. */
const REPORT_EVERY_MS = 1_000;

/** Writes an attempt's heartbeat and progress to the database, and reports when the attempt has lost its song. */
export class Heartbeat {
  private readonly logger = new Logger(Heartbeat.name);
  private percent = 0;
  private encoded: Readonly<Record<string, number>> | null = null;
  private reported = -1;
  private lastReportAt = 0;
  private silentAfterMs: number;
  private task?: PeriodicTask;

  constructor(
    private readonly lifecycle: SongLifecycle,
    private readonly attempt: Attempt,
    private readonly onPercent: (percent: number) => Promise<void>,
    private readonly onLost: (reason: Error) => void,
  ) {}

  start(timeoutSeconds: number): void {
    this.silentAfterMs = (timeoutSeconds * 1000) / 3;
    this.lastReportAt = Date.now();
    this.task = new PeriodicTask({
      work: () => this.tick(),
      pauseMs: Math.min(REPORT_EVERY_MS, this.silentAfterMs),
      onFailure: ({ message }) =>
        this.logger.warn(`song ${this.attempt.songId}: the heartbeat could not be written: ${message}`),
    });
    this.task.start();
  }

  /** Sets the progress, percent; it never decreases. `encoded`: percent of each quality, by its name. */
  advance(percent: number, encoded = this.encoded): void {
    this.encoded = encoded;
    this.percent = Math.max(this.percent, Math.min(99, percent));
  }

  /** Does not wait for a write in progress. */
  stop(): void {
    void this.task?.stop();
  }

  private async tick(): Promise<void> {
    const percent = Math.floor(this.percent);
    const isHeartbeatDue = Date.now() - this.lastReportAt >= this.silentAfterMs;
    if (percent === this.reported && !isHeartbeatDue) return;
    if (!(await this.lifecycle.report(this.attempt, percent, this.encoded))) {
      this.stop();
      this.onLost(new Error('the song went to another attempt or was removed'));
      return;
    }
    this.reported = percent;
    this.lastReportAt = Date.now();
    // Not awaited: Bull's copy of the progress is optional, and a Redis that hangs must not delay heartbeats.
    void this.onPercent(percent).catch(() => undefined);
  }
}
