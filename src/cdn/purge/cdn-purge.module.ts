import { Module } from '@nestjs/common';
import { CdnPurgeWorker } from './cdn-purge.worker.js';
import { CdnCheckModule } from '../check/cdn-check.module.js';

/** Tells the CDN what was deleted: for processes that work the queue. */
@Module({ imports: [CdnCheckModule], providers: [CdnPurgeWorker] })
export class CdnPurgeModule {}
