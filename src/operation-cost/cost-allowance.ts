import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { RedisClient } from '../platform/cache/redis-client.js';
import { Config } from '../platform/config/config.js';
import { addressBlock } from '../users/accounts/client-address.js';
import type { ViewerRequest } from '../users/authorization/viewer.js';
import { CostRefusal } from './cost-refusal.js';

const MINUTE_SECONDS = 60;
/** Share of an allowance that a process spends before it tells the others: most people never cost Redis a command. */
const REPORTED_SHARE = 0.1;
/** Spenders a process remembers; the least recent are forgotten first. */
const MAX_SPENDERS = 20_000;

/** What somebody has spent in the present minute, as far as this process knows. */
interface Spending {
  points: number;
  unreported: number;
  endsAt: number;
}

/**
 * What the operations of an account, and those from an address, may cost together in a minute. Each process counts by
 * itself and adds up with the others in Redis once a tenth is spent; while Redis is away its own count goes on.
 */
@Injectable()
export class CostAllowance {
  private readonly perAccount: Allowance;
  private readonly perAddress: Allowance;

  constructor(redis: RedisClient, config: Config) {
    this.perAccount = new Allowance(redis, 'cost:account', config.GRAPHQL_COST_PER_ACCOUNT_AND_MINUTE);
    this.perAddress = new Allowance(redis, 'cost:address', config.GRAPHQL_COST_PER_ADDRESS_AND_MINUTE);
  }

  /** Throws CostRefusal when whoever asks has nothing left; `cost` is what they want to spend, points. */
  demand(request: ViewerRequest, cost: number): void {
    this.perAddress.demand(addressOf(request), cost);
    if (request.viewer) this.perAccount.demand(request.viewer.accountId, cost);
  }

  /** Counts points, or takes back what was counted too much. */
  spend(request: ViewerRequest, points: number): void {
    this.perAddress.spend(addressOf(request), points);
    if (request.viewer) this.perAccount.spend(request.viewer.accountId, points);
  }
}

/** A WebSocket's request has no `ip`. */
function addressOf({ ip, socket }: ViewerRequest): string {
  return addressBlock(ip ?? socket?.remoteAddress ?? '');
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

  demand(key: string, cost: number): void {
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
      // Redis is away: what this process has counted stands, and is told with what follows.
      spending.unreported += points;
    }
  }
}
