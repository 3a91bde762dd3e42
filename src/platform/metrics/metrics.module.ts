import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { CdnMetrics } from './cdn-metrics.js';
import { Config } from '../config/config.js';
import { EventLoopWatch } from './event-loop-watch.service.js';
import { GraphqlTimingPlugin } from './graphql-timing.plugin.js';
import { IntegrityGauges } from './integrity-gauges.js';
import { Metrics } from './metrics.js';
import { ReadinessGauges } from './readiness-gauges.js';
import { RestTiming } from './rest-timing.service.js';
import { SocketMetrics } from './socket-metrics.js';

/** Metrics of this server, served at /metrics. */
@Module({
  imports: [PrometheusModule.register()],
  providers: [
    { provide: Metrics, useFactory: () => new Metrics(register) },
    { provide: ReadinessGauges, useFactory: () => new ReadinessGauges(register) },
    { provide: SocketMetrics, useFactory: () => new SocketMetrics(register) },
    { provide: CdnMetrics, useFactory: () => new CdnMetrics(register) },
    { provide: IntegrityGauges, useFactory: () => new IntegrityGauges(register) },
    {
      provide: EventLoopWatch,
      inject: [Config],
      useFactory: (config: Config) => new EventLoopWatch(config, register),
    },
    GraphqlTimingPlugin,
  ],
  exports: [Metrics, CdnMetrics, IntegrityGauges, ReadinessGauges, SocketMetrics],
})
export class MetricsModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(RestTiming).forRoutes('{*path}');
  }
}
