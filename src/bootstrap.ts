import 'reflect-metadata';
import { Logger as NestLogger, type DynamicModule, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { ArgumentsPipe } from './platform/graphql/arguments.pipe.js';
import { openScratch } from './platform/files/scratch.js';
import { Config } from './platform/config/config.js';
import { keepFilesPrivate, openPrivateFolder } from './platform/files/private-folder.js';
import { useTemporaryFolder } from './platform/config/environment.js';
import type { ServiceUrls } from './platform/config/service-urls.js';
import { configureHttp } from './http-server.js';
import { secretsOf, withoutSecretShapes, withoutSecrets } from './platform/logging/secrets.js';
import { DrainState } from './platform/http/drain-state.js';
import { ServerDrain, type DrainLimits } from './platform/http/server-drain.js';
import { startBackingServices } from './platform/backing-services/backing-services.js';
import { UnhandledErrors } from './platform/errors/unhandled-errors.js';

/** What cannot end by itself in this time, when all requests are answered, is ended, milliseconds. */
const SHUTDOWN_LIMIT_MS = 8_000;
const CONNECTIONS_LIMIT_MS = 2_000;

export interface RunningApp {
  config: Config;
  app: NestExpressApplication;
}

/**
 * Starts the backing services and the application, and ends them together; with `limits` requests are drained first. What
 * prevents the start is written as one sentence, with exit code 1.
 */
export async function bootstrap(
  createModule: (config: Config, urls: ServiceUrls) => DynamicModule,
  listen: (running: RunningApp) => Promise<void>,
  limits: (config: Config) => DrainLimits | undefined = () => undefined,
): Promise<void> {
  let stop = (): Promise<void> => Promise.resolve();
  let end = (): void => process.exit(1);
  let redact = withoutSecretShapes;
  const unhandled = new UnhandledErrors(() => end());
  try {
    // Until the application runs only problems are logged, not the framework's list of modules.
    const loud: LogLevel[] = ['fatal', 'error', 'warn'];
    NestLogger.overrideLogger(loud);
    const config = Config.load();
    keepFilesPrivate();
    if (!(await openPrivateFolder(config.DATA_DIR)))
      new NestLogger('Start').warn(
        `${config.DATA_DIR} is open to other accounts and belongs to another one: chmod 700 it`,
      );
    // graphql-upload spools there; it is the disk of the media, which has the space.
    useTemporaryFolder(await openScratch(config.dataPath('spool')));
    const services = await startBackingServices(config);
    stop = () => services.stop();
    const hidden = withoutSecrets(secretsOf(config, services));
    redact = (text) => withoutSecretShapes(hidden(text));
    unhandled.hide(redact);
    const app = await NestFactory.create<NestExpressApplication>(createModule(config, services), {
      logger: loud,
      abortOnError: false,
    });
    configureHttp(app, config.TRUST_PROXY);
    app.useGlobalPipes(new ArgumentsPipe());
    end = endWithSignals(app, limits(config), stop);
    await app.init();
    app.useLogger(app.get(Logger));
    for (const sentence of Config.renamed()) new NestLogger('Start').warn(sentence);
    await listen({ config, app });
  } catch (error) {
    process.stderr.write(`\n  Cannot start: ${redact((error as Error).message)}\n\n`);
    await stop();
    process.exit(1);
  }
}

/**
 * SIGTERM is how those end a process who have another one ready: it is drained first. Ctrl-C (SIGINT) is a person at a
 * terminal, and whoever started us and is gone waits for nothing either. A second signal ends all waiting. Returns what ends
 * the process because of a defect.
 */
function endWithSignals(
  app: NestExpressApplication,
  limits: DrainLimits | undefined,
  stopServices: () => Promise<void>,
): () => void {
  const drain = new ServerDrain(app.getHttpServer(), app.get(DrainState, { strict: false }));
  const hurry = new AbortController();
  let ending = false;
  const end = async (isDrained: boolean, code = 0): Promise<void> => {
    if (ending) {
      hurry.abort();
      app.getHttpServer().closeAllConnections();
      return;
    }
    ending = true;
    drain.begin();
    if (isDrained && limits) await drain.run(limits, hurry.signal);
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
    // Short requests finish; a listener on a slow line takes up the song elsewhere by Range.
    setTimeout(() => app.getHttpServer().closeAllConnections(), CONNECTIONS_LIMIT_MS).unref();
    await app.close().catch((e: Error) => process.stderr.write(`closing: ${e.message}\n`));
    await stopServices();
    process.exit(code);
  };
  process.on('SIGINT', () => void end(false));
  process.on('SIGTERM', () => void end(true));
  // Whoever started us with a channel wants us to end with them, even when they were killed.
  process.once('disconnect', () => void end(false));
  return () => void end(false, 1);
}

/** For an API. A worker's HTTP server is for probes alone, and its songs are handed back at once. */
export function drainLimits({ SHUTDOWN_DRAIN_SECONDS, SHUTDOWN_UPLOAD_SECONDS }: Config): DrainLimits {
  return { drainMs: SHUTDOWN_DRAIN_SECONDS * 1_000, requestsMs: SHUTDOWN_UPLOAD_SECONDS * 1_000 };
}
