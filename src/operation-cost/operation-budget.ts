import type { FieldNode } from 'graphql';
import { tooCostly } from './cost-refusal.js';
import type { OperationCost } from './operation-cost.js';

/** What one running operation has left: lists were counted with a usual size and are settled with their true one. */
export class OperationBudget {
  private spent: number;

  constructor(
    private readonly counted: OperationCost,
    private readonly limit: number,
  ) {
    this.spent = counted.cost;
  }

  /** Points, as far as is known by now. */
  get cost(): number {
    return this.spent;
  }

  /** A list is about to be completed; `node` is the first that asks for it. Throws CostRefusal. */
  settle(node: FieldNode, items: number): void {
    const list = this.counted.lists.get(node);
    if (!list) return;
    this.spent += (items - list.items) * list.perItem;
    if (this.spent > this.limit) throw tooCostly(this.spent, this.limit);
  }
}
