import { Registry } from 'prom-client';
import { registerSampledGauge, samplesBy, type SampledGauge } from './sampled-gauge.js';

describe('a sampled gauge', () => {
  let registry: Registry;
  let depths: () => Promise<Record<string, number>>;

  const register = (gauge: Partial<SampledGauge>) =>
    registerSampledGauge(registry, {
      name: 'transcode_queue_jobs',
      help: 'Jobs, by state.',
      labelNames: ['state'],
      read: async () => samplesBy('state', Object.entries(await depths())),
      ...gauge,
    });

  beforeEach(() => {
    registry = new Registry();
  });

  it('is read at each scrape', async () => {
    let waiting = 3;
    depths = async () => ({ waiting, active: 1 });
    register({});
    expect(await registry.metrics()).toContain('transcode_queue_jobs{state="waiting"} 3');
    waiting = 0;
    expect(await registry.metrics()).toContain('transcode_queue_jobs{state="waiting"} 0');
  });

  it.each([
    ['does not answer', () => new Promise<never>(() => {})],
    ['fails', () => Promise.reject(new Error('no Redis'))],
  ])('is left out when its source %s, and the scrape goes on', async (_how, failing) => {
    depths = async () => ({ waiting: 3 });
    register({});
    register({ name: 'queue_workers', labelNames: [], read: () => 1 });
    await registry.metrics();
    depths = failing;
    const text = await registry.metrics();
    expect(text).toContain('queue_workers 1');
    expect(text).not.toContain('transcode_queue_jobs{');
  });

  it('without labels is absent, not 0, while its value is unknown', async () => {
    let jobs: number | null = 0;
    register({ labelNames: [], read: () => jobs });
    expect(await registry.metrics()).toMatch(/^transcode_queue_jobs 0$/m);
    jobs = null;
    expect(await registry.metrics()).not.toMatch(/^transcode_queue_jobs \d/m);
  });
});
