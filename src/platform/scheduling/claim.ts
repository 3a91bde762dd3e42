/**
 * Where a record says that somebody holds it: `until`, the time at which that ends, or `since`, the time at which it
 * began; null while nobody does. `holder` is the field with the holder's id, if others have to know it.
 */
export type ClaimFields = ({ until: string } | { since: string }) & { holder?: string };

/** A condition or a change for a database command. */
type Fields = Record<string, unknown>;

/**
 * A claim on a record for a limited time: one conditional update takes it unless somebody holds it, and a holder that
 * dies loses it when the time is over. `now` is always the database's time (DatabaseClock), the same for all processes.
 *
 *     updateOne({ _id, ...claim.free(now) }, { $set: claim.taken(now, holder) })
 */
export class Claim {
  private readonly time: string;

  /** @param ttlMs how long a claim lasts, milliseconds */
  constructor(
    private readonly fields: ClaimFields,
    readonly ttlMs: number,
  ) {
    this.time = 'until' in fields ? fields.until : fields.since;
  }

  /** Matches a record that nobody holds. */
  free(now: Date): { $or: Fields[] } {
    return { $or: [{ [this.time]: null }, this.expired(now)] };
  }

  /** Matches a record that nobody but this holder holds. */
  freeFor(holder: string, now: Date): { $or: Fields[] } {
    return { $or: [...this.free(now).$or, this.heldBy(holder)] };
  }

  /** Matches a record whose last claim was not released and is over. */
  expired(now: Date): Fields {
    return { [this.time]: { $lte: 'until' in this.fields ? now : new Date(now.getTime() - this.ttlMs) } };
  }

  /** Matches a record that this holder has taken, even if its claim has expired and nobody has taken it since. */
  heldBy(holder: string): Fields {
    return { [this.fields.holder!]: holder };
  }

  /** The fields to set in order to take a record, or to renew the claim on it. */
  taken(now: Date, holder?: string): Fields {
    const time = 'until' in this.fields ? new Date(now.getTime() + this.ttlMs) : now;
    return { [this.time]: time, ...(this.fields.holder ? { [this.fields.holder]: holder } : {}) };
  }

  /** The fields to set in order to release a record. */
  get released(): Fields {
    return { [this.time]: null, ...(this.fields.holder ? { [this.fields.holder]: null } : {}) };
  }

  /** Whether somebody holds the record that has this time in the claim's field. */
  isHeld(time: Date | null, now: Date): boolean {
    if (!time) return false;
    return 'until' in this.fields ? time > now : time.getTime() > now.getTime() - this.ttlMs;
  }
}
