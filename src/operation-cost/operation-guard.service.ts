import { Injectable } from '@nestjs/common';
import {
  getVariableValues,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { Config } from '../platform/config/config.js';
import type { ViewerRequest } from '../users/authorization/viewer.js';
import { answerRefusal } from './answer-bytes.js';
import { CostAllowance } from './cost-allowance.service.js';
import { type CostRefusal, tooCostly } from './cost-refusal.js';
import { limitOf, refusalOf } from './operation-bounds.js';
import { OperationBudget } from './operation-budget.js';
import { operationCost, TooManyFieldsError, type OperationCost } from './operation-cost.js';
import { TooManySelectionsError } from './selected-fields.js';

export interface AskedOperation {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  /** As sent. */
  variables: Readonly<Record<string, unknown>> | null | undefined;
  request: ViewerRequest;
}

/** The result of validating a document: its length in characters, processor time in milliseconds. */
export interface Validation {
  length: number;
  cpuMs: number;
  isValid: boolean;
}

/** field-costs.ts */
const POINTS_PER_MS = 100;
/** Documents of frontends take less, even in a process that has just started. */
const EVERYDAY_VALIDATION_MS = 50;

/** Decides whether an operation may run, for every transport, and counts its cost for the account and the address. */
@Injectable()
export class OperationGuard {
  constructor(
    private readonly allowance: CostAllowance,
    private readonly config: Config,
  ) {}

  /**
   * Call before a validated operation runs. Null when its variables are invalid: it will not run. Throws CostRefusal.
   */
  admit(asked: AskedOperation): OperationBudget | null {
    const { operation, request } = asked;
    const counted = this.count(asked);
    if (!counted) return null;
    const refusal = refusalOf(counted, operation, this.config.GRAPHQL_MAX_COST);
    if (refusal) throw this.counted(request, counted.fields, refusal);
    this.allowance.require(request, counted.cost);
    this.allowance.spend(request, counted.cost);
    return new OperationBudget(counted, limitOf(operation, this.config.GRAPHQL_MAX_COST));
  }

  /**
   * Call after a document was validated. An invalid document costs at least one point per character. A valid one costs
   * its processor time if that was long, because comparing fields takes time quadratic in their number.
   */
  validated(request: ViewerRequest, { length, cpuMs, isValid }: Validation): void {
    const points = cpuMs * POINTS_PER_MS;
    if (!isValid) this.allowance.spend(request, Math.max(length, points));
    else if (cpuMs > EVERYDAY_VALIDATION_MS) this.allowance.spend(request, points);
  }

  /** Call after an operation has run: replaces the estimated cost by the actual one. */
  settle(request: ViewerRequest, counted: number, budget: OperationBudget): void {
    this.allowance.spend(request, budget.cost - counted);
  }

  /** Why a response is not sent; null when it may be. */
  answerRefusal(result: ExecutionResult): CostRefusal | null {
    return answerRefusal(result, this.config.GRAPHQL_MAX_ANSWER_BYTES);
  }

  private count({ schema, document, operation, variables, request }: AskedOperation): OperationCost | null {
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
    if (!coerced) return null;
    try {
      return operationCost(schema, document, operation, coerced);
    } catch (error) {
      if (!(error instanceof TooManyFieldsError || error instanceof TooManySelectionsError)) throw error;
      const limit = limitOf(operation, this.config.GRAPHQL_MAX_COST);
      throw this.counted(request, limit / 10, tooCostly(limit + 1, limit));
    }
  }

  /** Spends `points` for the counting itself and returns the refusal. */
  private counted(request: ViewerRequest, points: number, refusal: CostRefusal): CostRefusal {
    this.allowance.spend(request, points);
    return refusal;
  }
}
