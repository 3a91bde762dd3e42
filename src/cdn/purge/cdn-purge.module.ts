import { Module } from '@nestjs/common';
import { EdgePurge } from './cdn-purge.worker.js';
import { EdgeModule } from '../check/cdn-check.module.js';

/** Tells the CDN what was deleted: for processes that work the queue. */
@Module({ imports: [EdgeModule], providers: [EdgePurge] })
export class CdnPurgeModule {}
