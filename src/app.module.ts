import { Module, type DynamicModule, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { AlbumsModule } from './albums/albums.module.js';
import type { Config } from './platform/config/config.js';
import { CapacityModule } from './capacity/capacity.module.js';
import { CdnPurgeModule } from './cdn/purge/cdn-purge.module.js';
import type { ServiceUrls } from './platform/config/service-urls.js';
import { GraphiqlModule } from './graphiql/graphiql.module.js';
import { GraphqlApiModule } from './graphql.module.js';
import { CoreModule } from './core.module.js';
import { IntegrityModule } from './maintenance/integrity/integrity.module.js';
import { SelfCheckModule } from './maintenance/integrity/self-check.module.js';
import { WebAppModule } from './web-app/web-app.module.js';
import { MetricsModule } from './platform/metrics/metrics.module.js';
import { PlaylistsModule } from './playlists/playlists.module.js';
import { PlaysModule } from './plays/plays.module.js';
import { SearchModule } from './search/search.module.js';
import { SongsApiModule } from './songs/songs-api.module.js';
import { TusArrivalMiddleware } from './uploads/tus/tus-arrival.middleware.js';
import { TusMiddleware } from './uploads/tus/tus.middleware.js';
import { MultipartUploadMiddleware } from './uploads/multipart/multipart-upload.middleware.js';
import { StreamingModule } from './streaming/streaming.module.js';
import { TranscodingMetrics } from './transcoding/transcoding-metrics.js';
import { TranscodingModule } from './transcoding/transcoding.module.js';
import { UploadsModule } from './uploads/uploads.module.js';
import { AuthenticationMiddleware } from './users/sessions/authentication.middleware.js';
import { UsersModule } from './users/users.module.js';
import { WebhookDeliveriesModule } from './webhooks/webhook-deliveries.module.js';
import { WebhookMetrics } from './webhooks/webhook-metrics.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** What only a worker counts; an API reports zero, so that its series do not depend on the kind of a process. */
const METRICS_OF_WORKERS = [TranscodingMetrics, WebhookMetrics];

/** The server with all its APIs; with WORKER=inline it also runs the transcode queue. */
@Module({
  imports: [
    WebhooksModule,
    GraphqlApiModule,
    GraphiqlModule,
    UsersModule,
    SongsApiModule,
    UploadsModule,
    AlbumsModule,
    PlaylistsModule,
    PlaysModule,
    SearchModule,
    StreamingModule,
    CapacityModule,
    IntegrityModule,
    WebAppModule,
    ...METRICS_OF_WORKERS.map((metrics) => MetricsModule.forFeature(metrics)),
  ],
})
export class AppModule implements NestModule {
  static forRoot(config: Config, urls: ServiceUrls): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CoreModule.forRoot(config, urls),
        ...(config.WORKER === 'inline'
          ? [TranscodingModule, WebhookDeliveriesModule, CdnPurgeModule, SelfCheckModule]
          : []),
      ],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(TusArrivalMiddleware).forRoutes('uploads/{*path}');
    consumer.apply(AuthenticationMiddleware).forRoutes('graphql', 'api/{*path}', 'uploads/{*path}');
    consumer.apply(MultipartUploadMiddleware).forRoutes('graphql');
    consumer.apply(TusMiddleware).forRoutes('uploads/{*path}');
  }
}
