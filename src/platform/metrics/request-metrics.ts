import { Histogram, type Registry } from 'prom-client';

export interface GraphqlAnswer {
  /** The root field, never a name chosen by the client. */
  field: string;
  type: 'query' | 'mutation' | 'subscription' | 'unknown';
  outcome: 'ok' | 'refused' | 'failed';
}

export interface RestAnswer {
  method: string;
  /** The pattern of the route, never the requested path. */
  route: string;
  status: number;
}

/** How long requests take. Every label has a bounded set of values. */
export class RequestMetrics {
  private readonly graphql: Histogram;
  private readonly rest: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.graphql = new Histogram({
      name: 'graphql_request_duration_seconds',
      help: 'Time to answer a GraphQL operation, by root field, operation type and outcome.',
      labelNames: ['field', 'type', 'outcome'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    });
    this.rest = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to answer a REST request, by method, route pattern and status class.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
  }

  graphqlAnswered({ field, type, outcome }: GraphqlAnswer, seconds: number): void {
    this.graphql.observe({ field, type, outcome }, seconds);
  }

  restAnswered({ method, route, status }: RestAnswer, seconds: number): void {
    this.rest.observe({ method, route, status: statusClass(status) }, seconds);
  }
}

/** `2xx` for 206: the label of an HTTP status. */
export function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
