import { Logger } from '@nestjs/common';

const REMIND_MS = 60_000;

/** Tells of a failing supplier once, again every minute while it lasts, and once when it is over. */
export class OutageLog {
  private readonly logger: Logger;
  private toldAt?: number;

  constructor(private readonly what: string) {
    this.logger = new Logger(what);
  }

  failed(error: unknown): void {
    if (this.toldAt !== undefined && Date.now() - this.toldAt < REMIND_MS) return;
    this.toldAt = Date.now();
    this.logger.warn(`failing: ${error instanceof Error ? error.message || error.name : String(error)}`);
  }

  recovered(): void {
    if (this.toldAt === undefined) return;
    this.toldAt = undefined;
    this.logger.log('working again');
  }
}
