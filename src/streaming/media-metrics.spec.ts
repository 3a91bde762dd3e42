import { Registry } from 'prom-client';
import { MediaMetrics } from './media-metrics.js';

describe('MediaMetrics', () => {
  it('count media by kind and status class', async () => {
    const registry = new Registry();
    const metrics = new MediaMetrics(registry);
    metrics.mediaSent('segment', 206, 1_000);
    metrics.mediaSent('segment', 200, 500);
    const text = await registry.metrics();
    expect(text).toContain('media_sent_bytes_total{kind="segment"} 1500');
    expect(text).toContain('media_responses_total{kind="segment",status="2xx"} 2');
  });
});
