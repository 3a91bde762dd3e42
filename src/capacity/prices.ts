/** Decimal, as cloud services count. */
export const GB = 1_000 ** 3;
const MILLION = 1_000_000;

/** Included amount, and the price of more, US dollars per month. */
export interface Tariff {
  readonly included: number;
  /** Price per additional unit; null if the plan sells no more. */
  readonly each: number | null;
}

const tariff = (included: number, each: number | null): Tariff => ({ included, each });

/**
 * Allowances and prices of cloud services, taken on `lookedUp` from their pages (`source`) or, where stated, from
 * reports about them. All prices of the project are here. Check a price again before relying on it.
 */
export const PRICES = {
  lookedUp: '2026-11-25',

  /** https://support.cloudinary.com/hc/en-us/articles/203125631: raw uploads are no transformations. */
  cloudinaryFree: {
    source: 'https://cloudinary.com/documentation/developer_onboarding_faq',
    /** One pool for the last 30 days: 1 GB stored and 1 GB delivered are a credit each. */
    credits: 25,
    storedPerCredit: GB,
    deliveredPerCredit: GB,
  },

  /** A hard limit: writes are refused beyond it. */
  atlasFree: {
    source: 'https://www.mongodb.com/docs/atlas/reference/free-shared-limitations.md',
    bytes: 512 * 1024 ** 2,
  },
  /** 5 GB of storage for at most $30 a month. */
  atlasFlex: { source: 'https://www.mongodb.com/pricing', bytes: 5 * GB, month: 30 },

  /** The 10,000 commands a day of older texts became 500,000 a month in March 2025. */
  upstash: {
    source: 'https://upstash.com/docs/redis/overall/billing.md',
    free: tariff(500_000, null),
    payAsYouGo: tariff(0, 0.2 / 100_000),
  },

  r2: {
    source: 'https://developers.cloudflare.com/r2/pricing/',
    stored: tariff(10 * GB, 0.015 / GB),
    classA: tariff(MILLION, 4.5 / MILLION),
    classB: tariff(10 * MILLION, 0.36 / MILLION),
    delivered: tariff(Infinity, 0),
  },

  /** Standard, US East. Amazon's page fills its cells by script; these are its well-known figures as others report. */
  s3: {
    source: 'https://aws.amazon.com/s3/pricing/',
    stored: tariff(0, 0.023 / GB),
    classA: tariff(0, 5 / MILLION),
    classB: tariff(0, 0.4 / MILLION),
    delivered: tariff(100 * GB, 0.09 / GB),
  },
} as const;

/** US dollars per month for `used` units; null if the plan does not sell that many. */
export function costOf({ included, each }: Tariff, used: number): number | null {
  const more = Math.max(0, used - included);
  return more === 0 ? 0 : each === null ? null : more * each;
}
