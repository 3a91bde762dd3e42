import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { CapacityService } from './capacity.service.js';

const EVERY_MS = 60_000;

/** Measures the library every minute for /metrics, so that a scrape causes no read. */
@Injectable()
export class CapacityGauge implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task: PeriodicTask;

  constructor(capacity: CapacityService) {
    const logger = new Logger(CapacityGauge.name);
    this.task = new PeriodicTask({
      work: () => capacity.measure().then(() => undefined),
      pauseMs: EVERY_MS,
      onFailure: (e) => logger.warn(`measuring library usage failed: ${e.message}`),
    });
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.task.stop();
  }
}
