import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { PageMiddleware } from './static-files.middleware.js';

/** The page for listeners and administrators, as built by the workspace `web`. */
@Module({ providers: [PageMiddleware] })
export class PageModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(PageMiddleware).forRoutes('{*path}');
  }
}
