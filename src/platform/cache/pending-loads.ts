/** A load in progress. */
export interface PendingLoad {
  /** Its key was invalidated after it began: its callers get the result, but it must not be cached. */
  isOutdated: boolean;
}

/** The loads in progress. Callers that ask for the same key share one, until the key is invalidated. */
export class PendingLoads {
  private readonly shared = new Map<string, { load: PendingLoad; result: Promise<unknown> }>();

  /** The result of the load in progress for this key, else of the one that `begin` starts. */
  join(key: string, begin: (load: PendingLoad) => Promise<unknown>): Promise<unknown> {
    const inProgress = this.shared.get(key);
    if (inProgress) return inProgress.result;
    const load: PendingLoad = { isOutdated: false };
    const result = begin(load).finally(() => {
      if (this.shared.get(key)?.load === load) this.shared.delete(key);
    });
    this.shared.set(key, { load, result });
    return result;
  }

  /** Call it when the key is invalidated: callers from now on must not get what was read before. */
  detach(key: string): void {
    const inProgress = this.shared.get(key);
    if (inProgress) inProgress.load.isOutdated = true;
    this.shared.delete(key);
  }

  detachAll(): void {
    for (const key of this.shared.keys()) this.detach(key);
  }
}
