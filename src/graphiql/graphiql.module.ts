import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { GraphiqlMiddleware } from './graphiql.middleware.js';

/** GraphiQL, a query editor for frontend developers, at /graphql. Its source is in `web/graphiql/`. */
@Module({ providers: [GraphiqlMiddleware] })
export class GraphiqlModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(GraphiqlMiddleware).forRoutes('graphql', 'graphiql/{*path}');
  }
}
