import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { StaticFilesMiddleware } from './static-files.middleware.js';

/** The web app for listeners and administrators, built by the workspace `web`. */
@Module({ providers: [StaticFilesMiddleware] })
export class WebAppModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(StaticFilesMiddleware).forRoutes('{*path}');
  }
}
