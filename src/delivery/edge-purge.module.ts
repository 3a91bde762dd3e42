import { Module } from '@nestjs/common';
import { EdgePurge } from './edge-purge.service.js';
import { EdgeModule } from './edge.module.js';

/** Tells the CDN what was deleted: for processes that work the queue. */
@Module({ imports: [EdgeModule], providers: [EdgePurge] })
export class EdgePurgeModule {}
