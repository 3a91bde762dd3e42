import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { RedisClient } from '../platform/cache/redis-client.service.js';
import { Config } from '../platform/config/config.js';
import { clientAddress } from '../users/accounts/client-address.js';
import type { ViewerRequest } from '../users/authorization/viewer.js';
import { CostRefusal } from './cost-refusal.js';

const MINUTE_SECONDS = 60;
/**
 * Share of an allowance that a process spends before it reports to Redis, so that most clients cost no Redis command.
 */
const REPORTED_SHARE = 0.1;
/** Maximum accounts or addresses that a process keeps; the least recently used are removed first. */
const MAX_SPENDERS = 20_000;

/** Points spent by one account or address in the current minute, as far as this process knows. */
interface Spending {
  points: number;
  unreported: number;
  endsAt: number;
}

/**
 * Limits the total cost of the operations of an account, and of an address, per minute. Each process counts by itself
 * and adds its count to Redis once a tenth is spent; while Redis is unavailable it continues with its own count.
 */
@Injectable()
export class CostAllowance {
  private readonly perAccount: Allowance;
  private readonly perAddress: Allowance;

  constructor(redis: RedisClient, config: Config) {
    this.perAccount = new Allowance(redis, 'cost:account', config.GRAPHQL_COST_PER_ACCOUNT_AND_MINUTE);
    this.perAddress = new Allowance(redis, 'cost:address', config.GRAPHQL_COST_PER_ADDRESS_AND_MINUTE);
  }

  /** Throws CostRefusal when the account or address has too little left for `cost` points. */
  require(request: ViewerRequest, cost: number): void {
    this.perAddress.require(clientAddress(request), cost);
    if (request.viewer) this.perAccount.require(request.viewer.accountId, cost);
  }

  /** Adds points; negative points correct an earlier estimate. */
  spend(request: ViewerRequest, points: number): void {
    this.perAddress.spend(clientAddress(request), points);
    if (request.viewer) this.perAccount.spend(request.viewer.accountId, points);
  }
}

class Allowance {
  private readonly known = new LRUCache<string, Spending>({ max: MAX_SPENDERS });
  private readonly limiter: RateLimiterRedis;

  constructor(
    redis: RedisClient,
    keyPrefix: string,
    private readonly limit: number,
  ) {
    this.limiter = new RateLimiterRedis({
      storeClient: redis,
      rejectIfRedisNotReady: true,
      keyPrefix,
      points: limit,
      duration: MINUTE_SECONDS,
    });
  }

  require(key: string, cost: number): void {
    const { points, endsAt } = this.of(key);
    if (points < this.limit) return;
    const retryAfterSeconds = Math.max(1, Math.ceil((endsAt - Date.now()) / 1000));
    throw new CostRefusal(
      'RATE_LIMITED',
      `Too much was asked in the last minute. Try again in ${retryAfterSeconds} s.`,
      { cost: Math.ceil(cost), limit: this.limit, retryAfterSeconds },
    );
  }

  spend(key: string, points: number): void {
    const spending = this.of(key);
    spending.points += points;
    spending.unreported += points;
    if (spending.unreported >= this.limit * REPORTED_SHARE) void this.report(key, spending);
  }

  private of(key: string): Spending {
    const known = this.known.get(key);
    if (known && known.endsAt > Date.now()) return known;
    const fresh = { points: 0, unreported: 0, endsAt: Date.now() + 1000 * MINUTE_SECONDS };
    this.known.set(key, fresh);
    return fresh;
  }

  private async report(key: string, spending: Spending): Promise<void> {
    const points = Math.ceil(spending.unreported);
    spending.unreported = 0;
    try {
      const { consumedPoints, msBeforeNext } = await this.limiter.penalty(key, points);
      spending.points = Math.max(spending.points, consumedPoints + spending.unreported);
      spending.endsAt = Date.now() + msBeforeNext;
    } catch {
      // Redis is unavailable: the count of this process stays valid and is reported with the next points.
      spending.unreported += points;
    }
  }
}
