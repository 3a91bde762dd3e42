import { Counter, type Registry } from 'prom-client';
import { statusClass } from '../platform/metrics/request-metrics.js';

export type MediaKind = 'master' | 'playlist' | 'segment' | 'peaks' | 'original' | 'artwork';

/** What the media endpoint sends. */
export class MediaMetrics {
  private readonly bytes: Counter;
  private readonly responses: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.bytes = new Counter({
      name: 'media_sent_bytes_total',
      help: 'Media bytes sent to listeners and CDNs, by kind.',
      labelNames: ['kind'],
      registers,
    });
    this.responses = new Counter({
      name: 'media_responses_total',
      help: 'Answers of the media endpoint, by kind and status class.',
      labelNames: ['kind', 'status'],
      registers,
    });
  }

  /** An answer of the media endpoint has ended; `bytes` of its body were sent. */
  mediaSent(kind: MediaKind, status: number, bytes: number): void {
    this.bytes.inc({ kind }, bytes);
    this.responses.inc({ kind, status: statusClass(status) });
  }
}
