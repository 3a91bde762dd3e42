import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { RedisClient } from '../../platform/cache/redis-client.service.js';
import { Config } from '../../platform/config/config.js';
import { TooManyAttemptsError } from './account-errors.js';
import { pauseAfter } from './attempt-pause.js';

const MINUTE = 60;
const HOUR = 3600;
/** Limit of the limiter that only counts failures for the pause and never refuses. */
const UNBOUNDED = 1_000_000_000;

/** Who tries a password. */
export interface LoginAttempt {
  /** Normalised, as stored. */
  email: string;
  /** An IPv4 address, or the /64 of an IPv6 one. */
  address: string;
  /** Id of a device that has signed in to this account before (device-token.ts); null for any other device. */
  device: string | null;
}

/**
 * Limits how often passwords can be tried. An unknown device is blocked per account and address together, and per
 * address, so that trying many accounts does not help. The failures of all addresses at one account only add a pause: a
 * block would let anyone lock out the owner. A known device is blocked by its own failures alone.
 *
 * Failures are counted in Redis for all processes together, or by each process alone while Redis is unavailable.
 */
@Injectable()
export class LoginRateLimiter {
  private readonly perDevice: RateLimiterRedis;
  private readonly perAddress: RateLimiterRedis;
  private readonly perAccountAndAddress: RateLimiterRedis;
  private readonly perAccount: RateLimiterRedis;
  private readonly registrations: RateLimiterRedis;

  constructor(
    redis: RedisClient,
    private readonly config: Config,
  ) {
    const limiter = (name: string, points: number, duration: number) =>
      new RateLimiterRedis({
        storeClient: redis,
        rejectIfRedisNotReady: true,
        keyPrefix: `attempts:${name}`,
        points,
        duration,
        insuranceLimiter: new RateLimiterMemory({ keyPrefix: `attempts:${name}`, points, duration }),
      });
    this.perDevice = limiter('device', config.LOGIN_ATTEMPTS_PER_MINUTE, MINUTE);
    this.perAddress = limiter('address', config.LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE, MINUTE);
    this.perAccountAndAddress = limiter('account-address', config.LOGIN_ATTEMPTS_PER_MINUTE, MINUTE);
    this.perAccount = limiter('account', UNBOUNDED, MINUTE);
    this.registrations = limiter('register', config.REGISTRATIONS_PER_ADDRESS_AND_HOUR, HOUR);
  }

  /** Counts one password check; only failures stay counted. Throws TooManyAttemptsError before `attempt` is called. */
  async guardPassword<T>({ email, address, device }: LoginAttempt, attempt: () => Promise<T>): Promise<T> {
    const account = createHash('sha256').update(email).digest('hex');
    const limits: [RateLimiterRedis, string][] = device
      ? [[this.perDevice, `${account}:${device}`]]
      : [
          // The address first: a client that is blocked by it must not add pauses to an account.
          [this.perAddress, address],
          [this.perAccountAndAddress, `${account}:${address}`],
          [this.perAccount, account],
        ];
    let tries = 0;
    for (const [limiter, key] of limits) tries = await take(limiter, key);
    if (!device) await sleep(pauseAfter(tries - 1, this.config.LOGIN_ATTEMPTS_PER_MINUTE));
    const result = await attempt();
    await Promise.all(limits.map(([limiter, key]) => limiter.reward(key)));
    return result;
  }

  /** Counts one registration, whether or not it succeeds. Throws TooManyAttemptsError. */
  async countRegistration(address: string): Promise<void> {
    await take(this.registrations, address);
  }
}

/** The number of attempts in the current period, including this one. */
async function take(limiter: RateLimiterRedis, key: string): Promise<number> {
  try {
    return (await limiter.consume(key)).consumedPoints;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes)
      throw new TooManyAttemptsError(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
    throw refusal;
  }
}
