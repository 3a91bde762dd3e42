import { Module, type DynamicModule, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AlbumsModule } from './albums/albums.module.js';
import { DomainErrorFilter } from './common/domain-error.filter.js';
import type { Config } from './config/config.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { EdgePurgeModule } from './delivery/edge-purge.module.js';
import type { SupplierUrls } from './config/supplier-urls.js';
import { GraphiqlModule } from './graphiql/graphiql.module.js';
import { GraphQLDoor } from './graphql.module.js';
import { HouseModule } from './house.module.js';
import { IntegrityModule } from './integrity/integrity.module.js';
import { SelfCheckModule } from './integrity/self-check.module.js';
import { PageModule } from './page/page.module.js';
import { PlaylistsModule } from './playlists/playlists.module.js';
import { PlaysModule } from './plays/plays.module.js';
import { SearchModule } from './search/search.module.js';
import { SongsDoorsModule } from './songs/songs-doors.module.js';
import { ResumableArrivalsMiddleware } from './songs/pending/resumable-arrivals.middleware.js';
import { ResumableDoorMiddleware } from './songs/pending/resumable-door.middleware.js';
import { UploadDoorMiddleware } from './songs/upload/upload-door.middleware.js';
import { StreamingModule } from './streaming/streaming.module.js';
import { TranscodingModule } from './transcoding/transcoding.module.js';
import { AuthenticationMiddleware } from './users/authentication.middleware.js';
import { UsersModule } from './users/users.module.js';
import { WebhookDeliveriesModule } from './webhooks/webhook-deliveries.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** The house with its doors open; with WORKER=inline it works the queue, too. */
@Module({
  imports: [
    WebhooksModule,
    GraphQLDoor,
    GraphiqlModule,
    UsersModule,
    SongsDoorsModule,
    AlbumsModule,
    PlaylistsModule,
    PlaysModule,
    SearchModule,
    StreamingModule,
    DeliveryModule,
    IntegrityModule,
    PageModule,
  ],
  providers: [{ provide: APP_FILTER, useClass: DomainErrorFilter }],
})
export class AppModule implements NestModule {
  static of(config: Config, urls: SupplierUrls): DynamicModule {
    return {
      module: AppModule,
      imports: [
        HouseModule.of(config, urls),
        ...(config.WORKER === 'inline'
          ? [TranscodingModule, WebhookDeliveriesModule, EdgePurgeModule, SelfCheckModule]
          : []),
      ],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(ResumableArrivalsMiddleware).forRoutes('uploads/{*path}');
    consumer.apply(AuthenticationMiddleware).forRoutes('graphql', 'api/{*path}', 'uploads/{*path}');
    consumer.apply(UploadDoorMiddleware).forRoutes('graphql');
    consumer.apply(ResumableDoorMiddleware).forRoutes('uploads/{*path}');
  }
}
