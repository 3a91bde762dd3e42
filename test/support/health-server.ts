import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

interface HealthBody {
  details: Record<string, Record<string, unknown>>;
  error: Record<string, Record<string, unknown>>;
}

export interface Answer {
  status: number;
  cacheControl: string | null;
  text: string;
  body: HealthBody;
  milliseconds: number;
}

interface Opened {
  port: number;
  urls: { mongodbUri: string; redisUrl: string };
}

export function statuses({ details }: HealthBody): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).map(([name, detail]) => [name, detail['status']]));
}

/** The compiled health and metrics modules in a server of their own, with the backing services main.ts would start. */
export class HealthTestServer {
  private constructor(
    private readonly program: ChildProcess,
    private readonly port: number,
    readonly urls: Opened['urls'],
  ) {}

  static async open(settings: Record<string, unknown>): Promise<HealthTestServer> {
    const program = spawn(process.execPath, ['--input-type=module', '-e', script(settings)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const silent = once(program, 'exit').then(() =>
      Promise.reject(new Error('the server ended without a message')),
    );
    const [{ port, urls }] = (await Promise.race([once(program, 'message'), silent])) as [Opened];
    return new HealthTestServer(program, port, urls);
  }

  async get(path: string): Promise<Answer> {
    const began = performance.now();
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`);
    const text = await response.text();
    return {
      status: response.status,
      cacheControl: response.headers.get('cache-control'),
      text,
      body: text.startsWith('{') ? JSON.parse(text) : { details: {}, error: {} },
      milliseconds: performance.now() - began,
    };
  }

  async end(): Promise<void> {
    const gone = once(this.program, 'exit');
    this.program.kill('SIGTERM');
    await gone;
  }
}

function script(settings: Record<string, unknown>): string {
  const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const compiled = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);
  return `
    import 'reflect-metadata';
    import { Module } from '@nestjs/common';
    import { NestFactory } from '@nestjs/core';
    import { MongooseModule } from '@nestjs/mongoose';
    import { Config } from ${compiled('platform/config/config.js')};
    import { ConfigModule } from ${compiled('platform/config/config.module.js')};
    import { mongoConnection } from ${compiled('platform/mongo/mongo-connection.js')};
    import { startBackingServices } from ${compiled('platform/backing-services/backing-services.js')};
    import { EncoderHealthModule } from ${compiled('audio/encoder-health.module.js')};
    import { HealthModule } from ${compiled('platform/health/health.module.js')};
    import { MetricsModule } from ${compiled('platform/metrics/metrics.module.js')};
    const config = Config.load(${JSON.stringify(env)});
    const services = await startBackingServices(config);
    const { mongodbUri, redisUrl } = services;
    class HealthApp {}
    Module({ imports: [
      ConfigModule.forRoot(config, { mongodbUri, redisUrl }),
      MongooseModule.forRoot(mongodbUri, mongoConnection(mongodbUri)),
      MetricsModule,
      HealthModule,
      EncoderHealthModule,
    ] })(HealthApp);
    const app = await NestFactory.create(HealthApp, { logger: false });
    await app.listen(0, '127.0.0.1');
    process.once('SIGTERM', async () => { await app.close(); await services.stop(); process.exit(0); });
    process.send({ port: app.getHttpServer().address().port, urls: { mongodbUri, redisUrl } });
  `;
}
