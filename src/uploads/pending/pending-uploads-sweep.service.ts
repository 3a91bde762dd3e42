import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Lease } from '../../platform/scheduling/lease.service.js';
import { PeriodicTask } from '../../platform/scheduling/periodic-task.js';
import { Config } from '../../platform/config/config.js';
import { PresignedPutTransport } from './presigned-put-transport.service.js';
import type { StoredUpload } from './pending-upload.schema.js';
import { PendingUploadRepository } from './pending-upload.repository.js';
import { TusTransport } from '../tus/tus-transport.service.js';
import type { UploadTransport } from './upload-transport.js';
import { UploadTransports } from './upload-transports.service.js';

const BATCH = 500;
/** Seconds. Short enough for uploads that live for a day, long enough for a store that bills every list request. */
const LONGEST_PAUSE_SECONDS = 600;

/** Removes uploads that were not completed in time, and received bytes that have no upload record. */
@Injectable()
export class PendingUploadsSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(PendingUploadsSweep.name);
  /** Runs in every process, because the folder of tus files may exist on this machine only. */
  private readonly localTask: PeriodicTask;
  private readonly leasedTask: PeriodicTask;

  constructor(
    private readonly uploads: PendingUploadRepository,
    private readonly transports: UploadTransports,
    private readonly presignedPut: PresignedPutTransport,
    private readonly tus: TusTransport,
    lease: Lease,
    config: Config,
  ) {
    const pauseMs = Math.min(LONGEST_PAUSE_SECONDS, config.UPLOAD_EXPIRY_SECONDS / 2) * 1000;
    const onFailure = (e: Error) => this.logger.warn(`sweep of pending uploads cut short: ${e.message}`);
    this.localTask = new PeriodicTask({
      work: (signal) => this.removeOrphanedBytes(this.tus, signal),
      pauseMs,
      onFailure,
    });
    this.leasedTask = new PeriodicTask({
      work: (signal) => this.pass(signal),
      pauseMs,
      onFailure,
      inOneProcess: { lease, name: 'pending uploads sweep' },
    });
  }

  onApplicationBootstrap(): void {
    this.localTask.start();
    this.leasedTask.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.localTask.stop(), this.leasedTask.stop()]);
  }

  private async pass(signal: AbortSignal): Promise<void> {
    for (const upload of await this.uploads.expired(BATCH)) {
      if (signal.aborted) return;
      await this.expire(upload);
    }
    await this.removeOrphanedBytes(this.presignedPut, signal);
  }

  private async expire(upload: StoredUpload): Promise<void> {
    const { _id: id } = upload;
    if (!(await this.uploads.claimExpired(id))) return;
    await this.transports.of(upload).remove(id);
    await this.uploads.remove(id);
    this.logger.log(`upload ${id}: not completed in time, removed`);
  }

  /** A record exists before the first byte arrives, so bytes without one arrived too late or were left by a crash. */
  private async removeOrphanedBytes(transport: UploadTransport, signal: AbortSignal): Promise<void> {
    for await (const id of transport.ids()) {
      if (signal.aborted) return;
      if (await this.uploads.find(id)) continue;
      await transport.remove(id);
      this.logger.log(`upload ${id.slice(0, 40)}: removed orphaned bytes`);
    }
  }
}
