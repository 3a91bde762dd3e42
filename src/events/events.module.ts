import { Module } from '@nestjs/common';
import { CacheModule } from '../platform/cache/cache.module.js';
import { EventBus } from './events.js';
import { RedisEventBus } from './redis-event-bus.js';

/** Telling and hearing news, for every room of every process. The doors for people are in SocketsModule. */
@Module({
  imports: [CacheModule],
  providers: [{ provide: EventBus, useClass: RedisEventBus }],
  exports: [EventBus],
})
export class EventsModule {}
