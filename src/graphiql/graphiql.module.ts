import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { GraphiqlMiddleware } from './graphiql.middleware.js';

/** An editor for queries at /graphql, for people who write frontends; `web/graphiql/` is what it is built from. */
@Module({ providers: [GraphiqlMiddleware] })
export class GraphiqlModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(GraphiqlMiddleware).forRoutes('graphql', 'graphiql/{*path}');
  }
}
