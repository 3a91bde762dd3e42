import { WholeNumber } from './setting.js';

/** What GraphQL operations may cost; a point is about ten microseconds of processor time (docs/frontend.md, "What an operation costs"). */
export abstract class OperationSettings {
  /** Most that one query or mutation may cost, points; a subscription a tenth of it for each event. */
  @WholeNumber(100)
  readonly GRAPHQL_MAX_COST: number = 30_000;

  /** Largest answer of one operation, bytes. */
  @WholeNumber(1_000)
  readonly GRAPHQL_MAX_ANSWER_BYTES: number = 5 * 1024 * 1024;

  /** What the operations of one account may cost in a minute, points. */
  @WholeNumber(100)
  readonly GRAPHQL_COST_PER_ACCOUNT_AND_MINUTE: number = 1_000_000;

  /** What the operations from one address (IPv6: /64) may cost in a minute, all accounts behind it and strangers together, points. */
  @WholeNumber(100)
  readonly GRAPHQL_COST_PER_ADDRESS_AND_MINUTE: number = 4_000_000;
}
