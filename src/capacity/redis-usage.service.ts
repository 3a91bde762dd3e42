import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RedisClient } from '../platform/cache/redis-client.service.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { Config } from '../platform/config/config.js';
import { PlaysService } from '../plays/plays.service.js';
import {
  commandsIn,
  LEAST_MEASURED_MS,
  measured,
  type MeasuredRedis,
  type RedisReading,
} from './redis-readings.js';

const KEPT_MS = 86_400_000;
/** Time between readings, as a multiple of REDIS_IDLE_POLL_SECONDS, because each reading is a command itself. */
const IDLE_POLLS = 6;

/** Periodically reads Redis' command counters. They include all clients of that server, not only this process. */
@Injectable()
export class RedisUsage implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RedisUsage.name);
  private readonly task: PeriodicTask;
  private readings: RedisReading[] = [];

  constructor(
    private readonly redis: RedisClient,
    private readonly plays: PlaysService,
    config: Config,
  ) {
    // Debug only: a hosted Redis may lack this command, and an unavailable Redis is reported elsewhere.
    const onFailure = (e: Error) => this.logger.debug(`reading Redis' command counters failed: ${e.message}`);
    this.task = new PeriodicTask({
      work: () => this.read(),
      pauseMs: IDLE_POLLS * config.redisIdlePollSeconds * 1_000,
      onFailure,
    });
  }

  onApplicationBootstrap(): void {
    // The first reading comes after the first pause, because the start with its connections is not typical.
    this.task.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.task.stop();
  }

  /** Averages over at most the last day; null until there are enough readings. */
  measured(): MeasuredRedis | null {
    return measured(this.readings);
  }

  /** Like `measured`, but reads the counters first if the last reading is at least LEAST_MEASURED_MS old. */
  async latest(): Promise<MeasuredRedis | null> {
    const last = this.readings.at(-1);
    if (!last || Date.now() - last.at >= LEAST_MEASURED_MS) await this.read().catch(() => undefined);
    return this.measured();
  }

  private async read(): Promise<void> {
    const [stats, plays] = await Promise.all([this.redis.info('commandstats'), this.plays.kept()]);
    const reading = { at: Date.now(), commands: commandsIn(stats), plays };
    if (reading.commands === 0) return;
    this.readings = [...this.readings.filter(({ at }) => reading.at - at <= KEPT_MS), reading];
  }
}
