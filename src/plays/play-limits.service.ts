import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { RedisClient } from '../platform/cache/redis-client.service.js';
import { TooManyAttemptsError } from '../users/accounts/account-errors.js';
import type { Viewer } from '../users/authorization/viewer.js';

const MINUTE = 60;
/** Reports of plays per minute. An address may be a household or an office; an account is one person's devices. */
const PER_ADDRESS = 120;
const PER_ACCOUNT = 1_200;
/**
 * Reports per minute that a process counts locally before it uses Redis, which may bill four commands per report;
 * ordinary listeners stay below this. With n processes, n - 1 times this many may exceed the limit.
 */
const LOCAL_POINTS = 20;

/** Limits the reports of plays per account or address, over all processes; per process while Redis is unavailable. */
@Injectable()
export class PlayLimits {
  private readonly perAddress: ReportLimiter;
  private readonly perAccount: ReportLimiter;

  constructor(redis: RedisClient) {
    this.perAddress = new ReportLimiter(redis, 'address', PER_ADDRESS);
    this.perAccount = new ReportLimiter(redis, 'account', PER_ACCOUNT);
  }

  /** Throws TooManyAttemptsError. */
  async take(viewer: Viewer | undefined, address: string): Promise<void> {
    try {
      await (viewer ? this.perAccount.take(viewer.accountId) : this.perAddress.take(address));
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes)
        throw new TooManyAttemptsError(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
      throw refusal;
    }
  }
}

class ReportLimiter {
  private readonly local: RateLimiterMemory;
  private readonly shared: RateLimiterRedis;

  constructor(redis: RedisClient, name: string, points: number) {
    const limits = { keyPrefix: `plays:${name}`, points: points - LOCAL_POINTS, duration: MINUTE };
    this.local = new RateLimiterMemory({
      keyPrefix: `plays:${name}:own`,
      points: LOCAL_POINTS,
      duration: MINUTE,
    });
    this.shared = new RateLimiterRedis({
      ...limits,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(limits),
    });
  }

  /** Rejects with a RateLimiterRes. */
  async take(key: string): Promise<void> {
    await this.local.consume(key).catch(() => this.shared.consume(key));
  }
}
