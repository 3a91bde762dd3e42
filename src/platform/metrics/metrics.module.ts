import { Module, type DynamicModule, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { Config } from '../config/config.js';
import { EventLoopWatch } from './event-loop-watch.service.js';
import { GraphqlTimingPlugin } from './graphql-timing.plugin.js';
import { MetricsController } from './metrics.controller.js';
import { RequestMetrics } from './request-metrics.js';
import { RestTiming } from './rest-timing.service.js';

/** A class that registers the metrics of one feature. */
type FeatureMetrics = new (registry: Registry) => object;

@Module({})
class FeatureMetricsModule {}

/** The registry of this process, served at /metrics, and what is measured of every process. */
@Module({
  controllers: [MetricsController],
  providers: [
    { provide: Registry, useFactory: newRegistry },
    {
      provide: RequestMetrics,
      inject: [Registry],
      useFactory: (registry: Registry) => new RequestMetrics(registry),
    },
    {
      provide: EventLoopWatch,
      inject: [Config, Registry],
      useFactory: (config: Config, registry: Registry) => new EventLoopWatch(config, registry),
    },
    GraphqlTimingPlugin,
  ],
  exports: [Registry],
})
export class MetricsModule implements NestModule {
  private static readonly features = new Map<FeatureMetrics, DynamicModule>();

  /**
   * Provides one instance of `metrics` to every module that imports this. A process without the feature may import it,
   * too, and reports what it never counts as zero.
   */
  static forFeature(metrics: FeatureMetrics): DynamicModule {
    // Nest takes two equal dynamic modules for two modules, and a name can be registered only once.
    const known = this.features.get(metrics) ?? {
      module: FeatureMetricsModule,
      imports: [MetricsModule],
      providers: [
        { provide: metrics, inject: [Registry], useFactory: (registry: Registry) => new metrics(registry) },
      ],
      exports: [metrics],
    };
    this.features.set(metrics, known);
    return known;
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(RestTiming).forRoutes('{*path}');
  }
}

/** A registry with what prom-client itself measures of a Node process. */
function newRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
