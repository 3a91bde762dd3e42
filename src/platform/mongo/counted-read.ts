/**
 * Items whose number is known and that are not read yet. A field that answers with one is settled first: an operation
 * that cannot afford so many is refused before any of them is read (operation-cost/settled-lists.ts).
 */
export class CountedRead<Value> {
  constructor(
    readonly count: number,
    readonly read: () => Promise<Value>,
  ) {}
}
