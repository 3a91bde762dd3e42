import { Module } from '@nestjs/common';
import { CacheModule } from '../platform/cache/cache.module.js';
import { EventBus } from './event-bus.js';
import { RedisEventBus } from './redis-event-bus.service.js';

/** The event bus of every process. SocketsModule serves the sockets of clients. */
@Module({
  imports: [CacheModule],
  providers: [{ provide: EventBus, useClass: RedisEventBus }],
  exports: [EventBus],
})
export class EventsModule {}
