import { GraphQLError } from 'graphql';

export type CostRefusalCode = 'QUERY_TOO_COSTLY' | 'RATE_LIMITED' | 'ANSWER_TOO_LARGE';

/** The operation is not executed, or not completely; `details` are facts a client can use. */
export class CostRefusal extends GraphQLError {
  constructor(
    readonly code: CostRefusalCode,
    message: string,
    details: Readonly<Record<string, number>>,
  ) {
    super(message, { extensions: { code, ...details } });
  }
}

export function tooCostly(cost: number, limit: number): CostRefusal {
  return new CostRefusal(
    'QUERY_TOO_COSTLY',
    `This operation costs about ${Math.ceil(cost)} points; ${limit} are allowed. Ask for shorter pages, fewer fields, or in several operations.`,
    { cost: Math.ceil(cost), limit },
  );
}
