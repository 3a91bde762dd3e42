import type { Doc } from '../bson/codec.js';
import { isPlainObject } from '../bson/codec.js';
import { compareValues } from '../bson/compare.js';
import { isNumber, toNumber } from '../bson/numbers.js';
import { valueKey } from '../bson/value-key.js';

/** Computes one field of a group from the group's documents. */
export interface Accumulator {
  add(value: unknown): void;
  result(): unknown;
}

class Sum implements Accumulator {
  private sum = 0;
  private count = 0;
  constructor(private readonly averages: boolean) {}
  add(value: unknown): void {
    if (!isNumber(value)) return;
    this.sum += toNumber(value);
    this.count++;
  }
  result(): unknown {
    if (!this.averages) return this.sum;
    return this.count > 0 ? this.sum / this.count : null;
  }
}

class Extreme implements Accumulator {
  private value: unknown = null;
  constructor(private readonly sign: number) {}
  add(value: unknown): void {
    if (value === null || value === undefined) return;
    if (this.value === null || compareValues(value, this.value) * this.sign > 0) this.value = value;
  }
  result(): unknown {
    return this.value;
  }
}

class Edge implements Accumulator {
  private value: unknown = null;
  private seen = false;
  constructor(private readonly last: boolean) {}
  add(value: unknown): void {
    if (!this.seen || this.last) this.value = value ?? null;
    this.seen = true;
  }
  result(): unknown {
    return this.value;
  }
}

class List implements Accumulator {
  private readonly values: unknown[] = [];
  add(value: unknown): void {
    if (value !== undefined) this.values.push(value);
  }
  result(): unknown {
    return this.values;
  }
}

class DistinctList implements Accumulator {
  private readonly values = new Map<string, unknown>();
  add(value: unknown): void {
    if (value !== undefined) this.values.set(valueKey(value).toString('latin1'), value);
  }
  result(): unknown {
    return [...this.values.values()];
  }
}

class Merge implements Accumulator {
  private readonly merged: Doc = {};
  add(value: unknown): void {
    if (isPlainObject(value)) Object.assign(this.merged, value);
  }
  result(): unknown {
    return this.merged;
  }
}

class Count implements Accumulator {
  private count = 0;
  add(): void {
    this.count++;
  }
  result(): unknown {
    return this.count;
  }
}

const ACCUMULATORS: Readonly<Record<string, () => Accumulator>> = {
  $sum: () => new Sum(false),
  $avg: () => new Sum(true),
  $min: () => new Extreme(-1),
  $max: () => new Extreme(1),
  $first: () => new Edge(false),
  $last: () => new Edge(true),
  $push: () => new List(),
  $addToSet: () => new DistinctList(),
  $mergeObjects: () => new Merge(),
  $count: () => new Count(),
};

/** Returns a factory, or undefined for operators that mingo computes from all documents of the group. */
export const accumulatorFactory = (operator: string): (() => Accumulator) | undefined =>
  Object.hasOwn(ACCUMULATORS, operator) ? ACCUMULATORS[operator] : undefined;
