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
  private readonly rounds: PeriodicTask;

  constructor(capacity: CapacityService) {
    const logger = new Logger(CapacityGauge.name);
    this.rounds = new PeriodicTask(
      () => capacity.measure().then(() => undefined),
      EVERY_MS,
      (e) => logger.warn(`measuring library usage failed: ${e.message}`),
    );
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }
}
