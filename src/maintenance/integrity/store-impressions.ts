import type { StoreName } from '../../platform/config/store-settings.js';

/** Number of owners that must miss all their media, with none found at all, before a store is considered empty. */
const MIN_OWNERS = 3;

/** Collects per store whether one pass found any of the checked media. */
export class StoreImpressions {
  private readonly present = new Set<StoreName>();
  private readonly without = new Map<StoreName, Set<string>>();

  add(store: StoreName, ownerId: string, isWhole: boolean): void {
    if (isWhole) this.present.add(store);
    else this.without.set(store, (this.without.get(store) ?? new Set()).add(ownerId));
  }

  /** Says whether any of the checked media was found in any store. */
  hasAny(): boolean {
    return this.present.size > 0;
  }

  /** A store that appears to be empty, as a volume that is not mounted; null if there is none. */
  empty(): StoreName | null {
    for (const [store, owners] of this.without)
      if (!this.present.has(store) && owners.size >= MIN_OWNERS) return store;
    return null;
  }
}
