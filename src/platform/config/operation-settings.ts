import { WholeNumber } from './setting.js';

/**
 * What GraphQL operations may cost; a point is about ten microseconds of processor time (docs/frontend.md, "What an
 * operation costs").
 */
export abstract class OperationSettings {
  /** Maximum cost of one query or mutation, points; each event of a subscription may cost a tenth of it. */
  @WholeNumber(100)
  readonly GRAPHQL_MAX_COST: number = 30_000;

  /** Maximum size of the response of one operation, bytes. */
  @WholeNumber(1_000)
  readonly GRAPHQL_MAX_ANSWER_BYTES: number = 5 * 1024 * 1024;

  /** Maximum cost of all operations of one account in a minute, points. */
  @WholeNumber(100)
  readonly GRAPHQL_COST_PER_ACCOUNT_AND_MINUTE: number = 1_000_000;

  /**
   * What the operations from one address (IPv6: /64) may cost in a minute, all accounts behind it and strangers
   * together, points.
   */
  @WholeNumber(100)
  readonly GRAPHQL_COST_PER_ADDRESS_AND_MINUTE: number = 4_000_000;
}
