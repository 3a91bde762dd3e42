import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';

/** Limits the encoders that run at once in this worker, whatever the number of songs. First come, first served. */
@Injectable()
export class CpuBudget {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(config: Config) {
    this.free = config.TRANSCODE_CPUS;
  }

  /** Runs `work` as soon as a processor is free; rejects with the signal's reason if aborted while waiting. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.acquire(signal);
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  private async acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const admit = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(admit), 1);
        reject(signal?.reason as Error);
      };
      this.waiting.push(admit);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  private release(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}
