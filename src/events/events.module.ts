import { Module } from '@nestjs/common';
import { CacheModule } from '../platform/cache/cache.module.js';
import { NewsWire } from './events.js';
import { RedisNewsWire } from './redis-event-bus.js';

/** Telling and hearing news, for every room of every process. The doors for people are in SocketsModule. */
@Module({
  imports: [CacheModule],
  providers: [{ provide: NewsWire, useClass: RedisNewsWire }],
  exports: [NewsWire],
})
export class RealtimeModule {}
