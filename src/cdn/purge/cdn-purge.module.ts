import { Module } from '@nestjs/common';
import { CdnPurgeWorker } from './cdn-purge-worker.service.js';
import { CdnCheckModule } from '../check/cdn-check.module.js';

/** Purges deleted media from the CDN. Imported by processes that work on the queue. */
@Module({ imports: [CdnCheckModule], providers: [CdnPurgeWorker] })
export class CdnPurgeModule {}
