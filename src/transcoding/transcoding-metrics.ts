import { Counter, Histogram, type Registry } from 'prom-client';

export type TranscodeOutcome = 'published' | 'retried' | 'failed' | 'abandoned';

/** How transcode attempts end, and how much they publish. */
export class TranscodingMetrics {
  private readonly transcodes: Histogram;
  private readonly audio: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.transcodes = new Histogram({
      name: 'transcode_duration_seconds',
      help: 'Wall time of one transcode attempt, by how it ended.',
      labelNames: ['outcome'],
      buckets: [1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1800],
      registers,
    });
    this.audio = new Counter({
      name: 'transcoded_audio_seconds_total',
      help: 'Playing time of the songs published, seconds.',
      registers,
    });
  }

  /** One attempt ended after `seconds` of wall time. */
  transcoded(outcome: TranscodeOutcome, seconds: number): void {
    this.transcodes.observe({ outcome }, seconds);
  }

  /** A song of this duration was published. */
  audioTranscoded(seconds: number): void {
    this.audio.inc(seconds);
  }
}
