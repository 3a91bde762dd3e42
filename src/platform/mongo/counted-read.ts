/**
 * Items whose number is known before they are read. The cost of a field that returns this is settled first: an
 * operation that exceeds its limit is refused before the items are read (operation-cost/settled-lists.ts).
 */
export class CountedRead<Value> {
  constructor(
    readonly count: number,
    readonly read: () => Promise<Value>,
  ) {}
}
