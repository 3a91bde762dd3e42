import type { FieldNode } from 'graphql';
import { type CostRefusal, tooCostly } from './cost-refusal.js';
import type { OperationCost } from './operation-cost.js';

/**
 * The remaining budget of a running operation: lists were counted with a usual size and are settled with the actual
 * one.
 */
export class OperationBudget {
  /** Why the response is not sent; null while the operation is within its limit. */
  refusal: CostRefusal | null = null;
  private spent: number;

  constructor(
    private readonly counted: OperationCost,
    private readonly limit: number,
  ) {
    this.spent = counted.cost;
  }

  /** Points so far; a refused operation costs at most the limit, because nothing more is read then. */
  get cost(): number {
    return Math.min(this.spent, this.limit);
  }

  /**
   * Call before items are read or completed; `node` is the first that selects them. False when they exceed the budget.
   */
  settle(node: FieldNode, items: number): boolean {
    const list = this.counted.lists.get(node);
    if (list) this.spent += (items - list.items) * list.perItem;
    if (this.spent > this.limit) this.refusal ??= tooCostly(this.spent, this.limit);
    return this.refusal === null;
  }
}
