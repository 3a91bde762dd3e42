import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Lease } from '../../platform/scheduling/lease.js';
import { LeasedPeriodicTask } from '../../platform/scheduling/leased-periodic-task.js';
import { PeriodicTask } from '../../platform/scheduling/periodic-task.js';
import { Config } from '../../platform/config/config.js';
import { PresignedPutTransport } from './presigned-put-transport.js';
import type { StoredUpload } from './pending-upload.js';
import { PendingUploads } from './pending-uploads.service.js';
import { TusTransport } from '../tus/tus-transport.js';
import type { UploadTransport } from './upload-transport.js';
import { UploadTransports } from './upload-transports.js';

const BATCH = 500;
/** Often enough for uploads that live for a day, and seldom enough for a store that charges for every list, seconds. */
const LONGEST_PAUSE_SECONDS = 600;

/** Removes uploads nobody completed in time, and bytes that belong to none. */
@Injectable()
export class PendingUploadsSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(PendingUploadsSweep.name);
  /** Each process for itself: the folder may be this machine's own. */
  private readonly own: PeriodicTask;
  private readonly shared: LeasedPeriodicTask;

  constructor(
    private readonly uploads: PendingUploads,
    private readonly ways: UploadTransports,
    private readonly direct: PresignedPutTransport,
    private readonly resumable: TusTransport,
    lease: Lease,
    config: Config,
  ) {
    const pauseSeconds = Math.min(LONGEST_PAUSE_SECONDS, config.UPLOAD_EXPIRY_SECONDS / 2);
    const cutShort = (e: Error) => this.logger.warn(`sweep of pending uploads cut short: ${e.message}`);
    this.own = new PeriodicTask(() => this.removeStrays(this.resumable), pauseSeconds * 1000, cutShort);
    const pass = () => this.pass();
    this.shared = new LeasedPeriodicTask(lease, 'pending uploads sweep', pass, pauseSeconds, cutShort);
  }

  onApplicationBootstrap(): void {
    this.own.start();
    this.shared.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.own.stop(), this.shared.stop()]);
  }

  private async pass(): Promise<void> {
    for (const upload of await this.uploads.expired(BATCH)) await this.expire(upload);
    await this.removeStrays(this.direct);
  }

  private async expire(upload: StoredUpload): Promise<void> {
    const { _id: id } = upload;
    if (!(await this.uploads.claimExpired(id))) return;
    await this.ways.of(upload).remove(id);
    await this.uploads.remove(id);
    this.logger.log(`upload ${id}: not completed in time, removed`);
  }

  /** A line is written before the first byte, so bytes without one came too late or were left by a crash. */
  private async removeStrays(way: UploadTransport): Promise<void> {
    for await (const id of way.ids()) {
      if (await this.uploads.find(id)) continue;
      await way.remove(id);
      this.logger.log(`upload ${id.slice(0, 40)}: bytes of none, removed`);
    }
  }
}
