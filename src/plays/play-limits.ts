import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { RedisClient } from '../platform/cache/redis-client.js';
import { TooManyAttemptsError } from '../users/accounts/account-errors.js';
import type { Viewer } from '../users/authorization/viewer.js';

const MINUTE = 60;
/** Tellings of plays per minute: an address may be a household or an office, an account is one person with devices. */
const PER_ADDRESS = 120;
const PER_ACCOUNT = 1_200;
/**
 * Of these, what a process counts by itself before it asks Redis, which may bill four commands a telling: an ordinary
 * listener stays below it. With n processes n - 1 times as many may slip through.
 */
const UNASKED = 20;

/** Bounds how many plays one person can claim, in all processes together; without Redis in each. */
@Injectable()
export class PlayLimits {
  private readonly perAddress: Tellings;
  private readonly perAccount: Tellings;

  constructor(redis: RedisClient) {
    this.perAddress = new Tellings(redis, 'address', PER_ADDRESS);
    this.perAccount = new Tellings(redis, 'account', PER_ACCOUNT);
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

class Tellings {
  private readonly unasked: RateLimiterMemory;
  private readonly everywhere: RateLimiterRedis;

  constructor(redis: RedisClient, name: string, points: number) {
    const asked = { keyPrefix: `plays:${name}`, points: points - UNASKED, duration: MINUTE };
    this.unasked = new RateLimiterMemory({
      keyPrefix: `plays:${name}:own`,
      points: UNASKED,
      duration: MINUTE,
    });
    this.everywhere = new RateLimiterRedis({
      ...asked,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(asked),
    });
  }

  /** Rejects with a RateLimiterRes. */
  async take(key: string): Promise<void> {
    await this.unasked.consume(key).catch(() => this.everywhere.consume(key));
  }
}
