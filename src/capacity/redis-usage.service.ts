import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RedisClient } from '../platform/cache/redis-client.js';
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
/** Between readings, in silences (REDIS_IDLE_POLL_SECONDS): each reading is a command, too. */
const SILENCES = 6;

/** Reads Redis' own meter now and then. It counts everybody who uses that server, not this process alone. */
@Injectable()
export class RedisUsage implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RedisUsage.name);
  private readonly rounds: PeriodicTask;
  private readings: RedisReading[] = [];

  constructor(
    private readonly redis: RedisClient,
    private readonly plays: PlaysService,
    config: Config,
  ) {
    // A hosted Redis may not have this command, and a Redis that is away is everybody's news already.
    const quietly = (e: Error) => this.logger.debug(`Redis' meter was not read: ${e.message}`);
    this.rounds = new PeriodicTask(
      () => this.take(),
      SILENCES * config.redisIdlePollSeconds * 1_000,
      quietly,
    );
  }

  onApplicationBootstrap(): void {
    // Connections and the start itself are not what a day is like: the first reading comes after the first pause.
    this.rounds.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  /** Of the last day at most; null while nothing was measured. */
  measured(): MeasuredRedis | null {
    return measured(this.readings);
  }

  /** The same as of now; asks Redis when its last answer is a minute old. */
  async latest(): Promise<MeasuredRedis | null> {
    const last = this.readings.at(-1);
    if (!last || Date.now() - last.at >= LEAST_MEASURED_MS) await this.take().catch(() => undefined);
    return this.measured();
  }

  private async take(): Promise<void> {
    const [stats, plays] = await Promise.all([this.redis.info('commandstats'), this.plays.kept()]);
    const reading = { at: Date.now(), commands: commandsIn(stats), plays };
    if (reading.commands === 0) return;
    this.readings = [...this.readings.filter(({ at }) => reading.at - at <= KEPT_MS), reading];
  }
}
