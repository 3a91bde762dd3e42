import { Counter, type Registry } from 'prom-client';

export type CacheTier = 'process' | 'redis' | 'miss';

/** Which tier of the cache answers. */
export class CacheMetrics {
  private readonly lookups: Counter;

  constructor(registry: Registry) {
    this.lookups = new Counter({
      name: 'cache_lookups_total',
      help: 'Cache lookups, by the tier that answered; miss means that the database was read.',
      labelNames: ['tier'],
      registers: [registry],
    });
  }

  cacheLookup(tier: CacheTier): void {
    this.lookups.inc({ tier });
  }

  /** Lookups since the process was started, by the tier that answered. */
  async cacheLookups(): Promise<Record<CacheTier, number>> {
    const { values } = await this.lookups.get();
    const of = (tier: CacheTier) => values.find(({ labels }) => labels['tier'] === tier)?.value ?? 0;
    return { process: of('process'), redis: of('redis'), miss: of('miss') };
  }
}
