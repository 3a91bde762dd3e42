import type { StoreName } from '../../platform/config/store-settings.js';

/** So many must miss all they have in a store, and nobody find anything, before the store itself is doubted. */
const DOUBT_FROM = 3;

/** What one pass has seen of each store: whether anything it looked for was there. */
export class StoreImpressions {
  private readonly present = new Set<StoreName>();
  private readonly without = new Map<StoreName, Set<string>>();

  add(store: StoreName, ownerId: string, isWhole: boolean): void {
    if (isWhole) this.present.add(store);
    else this.without.set(store, (this.without.get(store) ?? new Set()).add(ownerId));
  }

  /** Whether any store had anything of what was looked for. */
  hasAny(): boolean {
    return this.present.size > 0;
  }

  /** A store that looks empty, as a volume does that is not mounted; null: none does. */
  empty(): StoreName | null {
    for (const [store, owners] of this.without)
      if (!this.present.has(store) && owners.size >= DOUBT_FROM) return store;
    return null;
  }
}
