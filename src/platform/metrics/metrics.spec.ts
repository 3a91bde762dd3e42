import { Registry } from 'prom-client';
import { Metrics } from './metrics.js';

describe('Metrics', () => {
  let registry: Registry;
  let metrics: Metrics;

  beforeEach(() => {
    registry = new Registry();
    metrics = new Metrics(registry);
  });

  it('count media by kind and status class', async () => {
    metrics.mediaSent('segment', 206, 1_000);
    metrics.mediaSent('segment', 200, 500);
    const text = await registry.metrics();
    expect(text).toContain('media_sent_bytes_total{kind="segment"} 1500');
    expect(text).toContain('media_responses_total{kind="segment",status="2xx"} 2');
  });

  it('read the queue depth at each scrape', async () => {
    let waiting = 3;
    metrics.observeQueue(async () => ({ waiting, active: 1 }));
    expect(await registry.metrics()).toContain('transcode_queue_jobs{state="waiting"} 3');
    waiting = 0;
    expect(await registry.metrics()).toContain('transcode_queue_jobs{state="waiting"} 0');
  });

  it.each([
    ['does not answer', () => new Promise<never>(() => {})],
    ['fails', () => Promise.reject(new Error('no Redis'))],
  ])('leave the queue out when it %s', async (_how, depths) => {
    metrics.observeQueue(async () => ({ waiting: 3 }));
    await registry.metrics();
    metrics.observeQueue(depths);
    metrics.uploadAccepted();
    const text = await registry.metrics();
    expect(text).toContain('uploads_accepted_total 1');
    expect(text).not.toContain('transcode_queue_jobs{');
  });

  it('have a help text and a unit suffix each', async () => {
    for (const { name, help } of await registry.getMetricsAsJSON()) {
      expect(name).toMatch(/_(total|seconds|bytes|jobs|sockets|deliveries|ratio)$/);
      expect(help).toMatch(/^[A-Z].{20,}\.$/);
    }
  });
});
