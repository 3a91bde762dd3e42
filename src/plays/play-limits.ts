import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { RedisClient } from '../cache/redis-client.js';
import { TooManyAttemptsError } from '../users/account-errors.js';
import type { Viewer } from '../users/viewer.js';

const MINUTE = 60;
/** Tellings of plays per minute: an address may be a household or an office, an account is one person with devices. */
const PER_ADDRESS = 120;
const PER_ACCOUNT = 1_200;

/** Bounds how many plays one person can claim, in all processes together; without Redis in each. */
@Injectable()
export class PlayLimits {
  private readonly perAddress: RateLimiterRedis;
  private readonly perAccount: RateLimiterRedis;

  constructor(redis: RedisClient) {
    const limiter = (name: string, points: number) =>
      new RateLimiterRedis({
        storeClient: redis,
        rejectIfRedisNotReady: true,
        keyPrefix: `plays:${name}`,
        points,
        duration: MINUTE,
        insuranceLimiter: new RateLimiterMemory({ keyPrefix: `plays:${name}`, points, duration: MINUTE }),
      });
    this.perAddress = limiter('address', PER_ADDRESS);
    this.perAccount = limiter('account', PER_ACCOUNT);
  }

  /** Throws TooManyAttemptsError. */
  async take(viewer: Viewer | undefined, address: string): Promise<void> {
    try {
      await (viewer ? this.perAccount.consume(viewer.accountId) : this.perAddress.consume(address));
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes)
        throw new TooManyAttemptsError(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
      throw refusal;
    }
  }
}
