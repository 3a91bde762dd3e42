import { Module } from '@nestjs/common';
import { CacheModule } from '../cache/cache.module.js';
import { NewsWire } from './news.js';
import { RedisNewsWire } from './redis-news-wire.js';

/** Telling and hearing news, for every room of every process. The doors for people are in SocketsModule. */
@Module({
  imports: [CacheModule],
  providers: [{ provide: NewsWire, useClass: RedisNewsWire }],
  exports: [NewsWire],
})
export class RealtimeModule {}
