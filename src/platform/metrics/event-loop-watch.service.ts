import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Counter, type Registry } from 'prom-client';
import { Config } from '../config/config.js';
import { EventLoopState } from './event-loop-state.js';
import type { WatchData } from './event-loop.worker.js';

const BEAT_MS = 100;
const HEAP_LIMIT_MB = 16;

/**
 * Reports an event loop that is blocked for a second or more while it is blocked: from a separate thread, because a
 * blocked loop cannot report anything, with the operation that began last.
 */
@Injectable()
export class EventLoopWatch implements OnModuleInit, OnApplicationShutdown {
  private readonly state = new EventLoopState();
  private timer?: NodeJS.Timeout;
  private worker?: Worker;

  constructor(
    private readonly config: Pick<Config, 'LOG_FORMAT'>,
    registry: Registry,
  ) {
    const { state } = this;
    const counter = (name: string, help: string, value: () => number) =>
      new Counter({
        name,
        help,
        registers: [registry],
        collect() {
          this.reset();
          this.inc(value());
        },
      });
    counter(
      'event_loop_blocked_seconds_total',
      'Time the event loop was blocked for a second or more at a stretch.',
      () => state.blockedSeconds,
    );
    counter(
      'event_loop_blocks_total',
      'How often the event loop was blocked for a second or more.',
      () => state.blocks,
    );
  }

  onModuleInit(): void {
    const workerData: WatchData = { memory: this.state.memory, format: this.config.LOG_FORMAT };
    this.worker = new Worker(new URL('./event-loop.worker.js', import.meta.url), {
      workerData,
      // The thread does not need the options of this process.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
    });
    // The server keeps working without this thread.
    this.worker.on('error', () => undefined);
    this.worker.unref();
    this.timer = setInterval(() => this.state.beat(), BEAT_MS).unref();
  }

  /** Set the name when an operation that may take long begins, and '' when it has ended. */
  set running(name: string) {
    this.state.running = name;
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.worker?.terminate();
  }
}
