import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { withLogContext } from '../../platform/logging/log-context.js';
import { UploadMetrics } from '../upload-metrics.js';
import { spoolFailure, toUploadError } from './spool-failure.js';

/** The one place where uploads are counted, as accepted or as refused with a code, whatever their transport. */
@Injectable()
export class UploadOutcomes {
  private readonly logger = new Logger(UploadOutcomes.name);

  constructor(
    private readonly metrics: UploadMetrics,
    private readonly config: Config,
  ) {}

  /** Runs the steps of an upload under the song's id in the log. Throws what they throw, as an error for the client. */
  counted<T>(songId: string, steps: () => Promise<T>): Promise<T> {
    return withLogContext({ songId }, async () => {
      try {
        const made = await steps();
        this.metrics.uploadAccepted();
        return made;
      } catch (error) {
        throw this.refused(error);
      }
    });
  }

  private refused(error: unknown): unknown {
    if (spoolFailure(error)) this.logger.error(`an upload cannot be stored: ${(error as Error).message}`);
    const refusal = toUploadError(error, this.config.MAX_UPLOAD_BYTES);
    this.metrics.uploadRefused(refusal instanceof DomainError ? refusal.code : 'INTERNAL');
    return refusal;
  }
}
