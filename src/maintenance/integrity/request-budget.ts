const DAY_MS = 86_400_000;
/** Unused requests accumulate for this long at most: a service stopped for a week must not catch up in a minute. */
const KEPT_MS = 3_600_000;

/** Remaining requests. A day's requests are granted evenly over the day. */
export interface RequestBudget {
  left: number;
  /** Time up to which requests have been granted. */
  grantedAt: Date;
}

/** Returns the budget at `now`. Without a previous budget the requests of one hour are granted. */
export function grant(before: RequestBudget | null, perDay: number, now: Date): RequestBudget {
  const max = Math.max(1, (perDay * KEPT_MS) / DAY_MS);
  if (!before) return { left: max, grantedAt: now };
  const passedMs = Math.max(0, now.getTime() - before.grantedAt.getTime());
  return { left: Math.min(max, before.left + (perDay * passedMs) / DAY_MS), grantedAt: now };
}
