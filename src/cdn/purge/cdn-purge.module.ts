import { Module } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { CdnPurgeWorker } from './cdn-purge-worker.service.js';
import { CdnCheckModule } from '../check/cdn-check.module.js';
import { CloudflareApi } from '../rules/cloudflare-api.js';

/** Purges deleted media from the CDN. Imported by processes that work on the queue. */
@Module({
  imports: [CdnCheckModule],
  providers: [
    {
      provide: CloudflareApi,
      inject: [Config],
      useFactory: ({ CLOUDFLARE_API_URL, CLOUDFLARE_API_TOKEN }: Config) =>
        new CloudflareApi(CLOUDFLARE_API_URL, CLOUDFLARE_API_TOKEN),
    },
    CdnPurgeWorker,
  ],
})
export class CdnPurgeModule {}
