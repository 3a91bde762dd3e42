import { DAYS, type Month, type Plan } from './month-plan.js';
import { costOf, GB, PRICES, type Tariff } from './prices.js';

/** How much of a free plan's allowance is needed. */
export interface Need {
  what: string;
  /** Share of the allowance; 1 uses it up. */
  share: number;
  /** What to do if the allowance is too small. */
  remedy: string;
}

/** Compares the month with the free plans; the scarcest allowance comes first. */
export function freeTiers({ storedBytes, originBytes, databaseBytes, redisCommands }: Month): Need[] {
  const { cloudinaryFree, atlasFree, upstash } = PRICES;
  const stored = storedBytes / cloudinaryFree.storedPerCredit;
  const delivered = originBytes / cloudinaryFree.deliveredPerCredit;
  return [
    {
      what: 'Cloudinary: credits, one pool for what is stored and what is delivered',
      share: (stored + delivered) / cloudinaryFree.credits,
      remedy: 'R2 (STORAGE=s3): stored bytes cost little there and delivered ones nothing',
    },
    {
      what: 'MongoDB Atlas: bytes of documents and indexes',
      share: databaseBytes / atlasFree.bytes,
      remedy: `Atlas Flex, at most $${PRICES.atlasFlex.month} a month, or a MongoDB of your own`,
    },
    {
      what: 'Upstash: commands a month',
      share: redisCommands / upstash.free.included,
      remedy: 'pay as you go, or a Redis of your own, which nobody counts',
    },
  ].toSorted((a, b) => b.share - a.share);
}

/** Number of such songs that fit into the Cloudinary pool if nothing is delivered. */
export const songsInCloudinary = ({ song }: Month): number =>
  Math.floor((PRICES.cloudinaryFree.credits * PRICES.cloudinaryFree.storedPerCredit) / song.bytes);

/** Number of plays per month that the pool delivers if nothing is stored in it and there is no CDN in front. */
export const playsFromCloudinary = ({ play }: Month): number =>
  Math.floor((PRICES.cloudinaryFree.credits * PRICES.cloudinaryFree.deliveredPerCredit) / play.bytes);

export interface Bill {
  store: string;
  /** US dollars per month, by purpose. */
  monthly: Record<string, number>;
  total: number;
  /** US dollars, once, for writing the library. */
  once: number;
}

interface StorePrices {
  stored: Tariff;
  classA: Tariff;
  classB: Tariff;
  delivered: Tariff;
}

/** Bill of a month at a store that charges by use, with a CDN in front of it. */
export function billOf(store: string, prices: StorePrices, month: Month): Bill {
  const monthly = {
    stored: costOf(prices.stored, month.storedBytes) ?? 0,
    reads: costOf(prices.classB, month.originReads) ?? 0,
    delivered: costOf(prices.delivered, month.originBytes) ?? 0,
  };
  return {
    store,
    monthly,
    total: Object.values(monthly).reduce((sum, dollars) => sum + dollars, 0),
    once: costOf(prices.classA, month.objects) ?? 0,
  };
}

/** Number of plays per day for which `commandsPerDay` suffice, after idling. */
export function playsADay({ redis }: Plan, commandsPerDay: number): number {
  return Math.max(0, Math.floor((commandsPerDay - redis.perIdleDay) / redis.perPlay));
}

export const commandsADay = (month: Month): number => month.redisCommands / DAYS;
export const gigabytes = (bytes: number): number => bytes / GB;
