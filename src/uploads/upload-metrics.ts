import { Counter, type Registry } from 'prom-client';

/** How uploads end. */
export class UploadMetrics {
  private readonly accepted: Counter;
  private readonly refused: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.accepted = new Counter({
      name: 'uploads_accepted_total',
      help: 'Uploads that passed every check and became a song.',
      registers,
    });
    this.refused = new Counter({
      name: 'uploads_refused_total',
      help: 'Uploads refused, by error code.',
      labelNames: ['code'],
      registers,
    });
  }

  uploadAccepted(): void {
    this.accepted.inc();
  }

  /** `code`: a domain error's code. */
  uploadRefused(code: string): void {
    this.refused.inc({ code });
  }
}
