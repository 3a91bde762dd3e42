import { eventually } from './eventually.js';
import type { TestServer } from './test-server.js';

export interface Health {
  status: number;
  redis: { status: string; message?: string };
}

export async function healthOf(server: TestServer): Promise<Health> {
  const response = await fetch(`${server.url}/health`);
  const { details } = (await response.json()) as { details: { redis: Health['redis'] } };
  return { status: response.status, redis: details.redis };
}

export const reportsAdvice = (server: TestServer, advice: RegExp): Promise<Health> =>
  eventually(
    async () => {
      const health = await healthOf(server);
      return advice.test(health.redis.message ?? '')
        ? health
        : Promise.reject(new Error(JSON.stringify(health)));
    },
    { seconds: 20, everyMs: 250 },
  );

export const isHealthy = (server: TestServer): Promise<unknown> =>
  eventually(async () => (await healthOf(server)).redis.status === 'up', { seconds: 30, everyMs: 250 });
