import { DAYS, type Month, type Plan } from './month-plan.js';
import { costOf, GB, PRICES, type Tariff } from './prices.js';

/** How much of something free is needed. */
export interface Need {
  what: string;
  /** 1 is all there is. */
  share: number;
  /** What to do when it is not enough. */
  remedy: string;
}

/** What the free plans have for it, most wanting first. */
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

/** How many songs like these the Cloudinary pool holds when nobody listens. */
export const songsInCloudinary = ({ song }: Month): number =>
  Math.floor((PRICES.cloudinaryFree.credits * PRICES.cloudinaryFree.storedPerCredit) / song.bytes);

/** How many plays a month the pool delivers when nothing is stored in it and no edge stands before it. */
export const playsFromCloudinary = ({ play }: Month): number =>
  Math.floor((PRICES.cloudinaryFree.credits * PRICES.cloudinaryFree.deliveredPerCredit) / play.bytes);

export interface Bill {
  store: string;
  /** US dollars a month, by what they are for. */
  monthly: Record<string, number>;
  total: number;
  /** Once, for writing the library. */
  once: number;
}

interface StorePrices {
  stored: Tariff;
  classA: Tariff;
  classB: Tariff;
  delivered: Tariff;
}

/** A month at a store that bills by use, with an edge before it. */
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

/** How many plays a day `commandsPerDay` leave room for, after idling. */
export function playsADay({ redis }: Plan, commandsPerDay: number): number {
  return Math.max(0, Math.floor((commandsPerDay - redis.perIdleDay) / redis.perPlay));
}

export const commandsADay = (month: Month): number => month.redisCommands / DAYS;
export const gigabytes = (bytes: number): number => bytes / GB;
