const DAY_MS = 86_400_000;
/** What was not spent is kept for as long as this at most: a service that was stopped for a week does not catch up in a minute. */
const KEPT_MS = 3_600_000;

/** What is left of the requests a day, spread evenly over it. */
export interface RequestBudget {
  left: number;
  /** Until when requests were granted. */
  grantedAt: Date;
}

/** The budget at `now`; null: there was none before, and an hour's worth is granted. */
export function grant(before: RequestBudget | null, perDay: number, now: Date): RequestBudget {
  const most = Math.max(1, (perDay * KEPT_MS) / DAY_MS);
  if (!before) return { left: most, grantedAt: now };
  const passedMs = Math.max(0, now.getTime() - before.grantedAt.getTime());
  return { left: Math.min(most, before.left + (perDay * passedMs) / DAY_MS), grantedAt: now };
}
