import type { FieldNode } from 'graphql';
import { type CostRefusal, tooCostly } from './cost-refusal.js';
import type { OperationCost } from './operation-cost.js';

/** What one running operation has left: lists were counted with a usual size and are settled with their true one. */
export class OperationBudget {
  /** Why the operation's answer is not sent; null while it is within its limit. */
  refusal: CostRefusal | null = null;
  private spent: number;

  constructor(
    private readonly counted: OperationCost,
    private readonly limit: number,
  ) {
    this.spent = counted.cost;
  }

  /** Points, as far as is known by now; what is refused has cost the limit at most, because nothing more is read. */
  get cost(): number {
    return Math.min(this.spent, this.limit);
  }

  /** Items are about to be read or completed; `node` is the first that asks for them. False when they are not affordable. */
  settle(node: FieldNode, items: number): boolean {
    const list = this.counted.lists.get(node);
    if (list) this.spent += (items - list.items) * list.perItem;
    if (this.spent > this.limit) this.refusal ??= tooCostly(this.spent, this.limit);
    return this.refusal === null;
  }
}
