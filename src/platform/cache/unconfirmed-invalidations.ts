interface Invalidation {
  /** It was sent and did not arrive, so it has to be sent again. */
  isOverdue: boolean;
}

/** Some keys, each with the invalidation that is meant: one that follows it is another. */
export type Invalidations = ReadonlyMap<string, Invalidation>;

/**
 * What is invalid in this process, while it is not confirmed that Redis and the other processes know it:
 *
 *     add --> being sent --confirm--> forgotten
 *                 | fail                  ^
 *                 +--> overdue --confirm--+
 *
 * A key that is invalidated again meanwhile begins anew, and only the confirmation of the latest invalidation counts.
 */
export class UnconfirmedInvalidations {
  private readonly latest = new Map<string, Invalidation>();

  add(keys: readonly string[]): Invalidations {
    const added = new Map(keys.map((key) => [key, { isOverdue: false }]));
    for (const [key, invalidation] of added) this.latest.set(key, invalidation);
    return added;
  }

  has(key: string): boolean {
    return this.latest.has(key);
  }

  all(): Invalidations {
    return new Map(this.latest);
  }

  overdue(): Invalidations {
    return new Map(Array.from(this.latest).filter(([, { isOverdue }]) => isOverdue));
  }

  fail(sent: Invalidations): void {
    for (const invalidation of sent.values()) invalidation.isOverdue = true;
  }

  confirm(sent: Invalidations): void {
    for (const [key, invalidation] of sent)
      if (this.latest.get(key) === invalidation) this.latest.delete(key);
  }
}
