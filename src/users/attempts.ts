import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { RedisClient } from '../cache/redis-client.js';
import { Config } from '../config/config.js';
import { TooManyAttemptsError } from './account-errors.js';

const MINUTE = 60;
const HOUR = 3600;

/**
 * Bounds how often passwords can be tried: per account, so that many addresses do not help, and per address, so that
 * many accounts do not. Counted in Redis for all processes together; by each for itself while Redis is away.
 */
@Injectable()
export class Attempts {
  private readonly perAccount: RateLimiterRedis;
  private readonly perAddress: RateLimiterRedis;
  private readonly registrations: RateLimiterRedis;

  constructor(redis: RedisClient, config: Config) {
    const limiter = (name: string, points: number, duration: number) =>
      new RateLimiterRedis({
        storeClient: redis,
        rejectIfRedisNotReady: true,
        keyPrefix: `attempts:${name}`,
        points,
        duration,
        insuranceLimiter: new RateLimiterMemory({ keyPrefix: `attempts:${name}`, points, duration }),
      });
    this.perAccount = limiter('account', config.LOGIN_ATTEMPTS_PER_MINUTE, MINUTE);
    this.perAddress = limiter('address', config.LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE, MINUTE);
    this.registrations = limiter('register', config.REGISTRATIONS_PER_ADDRESS_AND_HOUR, HOUR);
  }

  /** Counts one try at a password; only failures stay counted. Throws TooManyAttemptsError before `attempt` is made. */
  async atPassword<T>(email: string, address: string, attempt: () => Promise<T>): Promise<T> {
    const account = createHash('sha256').update(email).digest('hex');
    // The address first: whoever is stopped by it must not use up somebody else's account.
    await take(this.perAddress, address);
    await take(this.perAccount, account);
    const result = await attempt();
    await Promise.all([this.perAccount.reward(account), this.perAddress.reward(address)]);
    return result;
  }

  /** Counts one registration, whatever comes of it. Throws TooManyAttemptsError. */
  atRegistration(address: string): Promise<void> {
    return take(this.registrations, address);
  }
}

async function take(limiter: RateLimiterRedis, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes)
      throw new TooManyAttemptsError(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
    throw refusal;
  }
}
