import 'reflect-metadata';
import { Logger as NestLogger, type DynamicModule, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { openScratch } from './platform/files/scratch.js';
import { Config } from './platform/config/config.js';
import { keepFilesPrivate, openPrivateFolder } from './platform/files/private-folder.js';
import { useTemporaryFolder } from './platform/config/environment.js';
import type { ServiceUrls } from './platform/config/service-urls.js';
import { configureHttp } from './http-server.js';
import { secretsOf, withoutSecretShapes, withoutSecrets } from './platform/logging/secrets.js';
import { DrainState } from './platform/http/drain-state.service.js';
import { ServerDrain, type DrainLimits } from './platform/http/server-drain.js';
import { startBackingServices } from './platform/backing-services/backing-services.js';
import { UnhandledErrors } from './platform/errors/unhandled-errors.js';

/** If the shutdown takes longer than this after all requests were answered, the process exits, milliseconds. */
const SHUTDOWN_LIMIT_MS = 8_000;
const CONNECTIONS_LIMIT_MS = 2_000;

export interface RunningApp {
  config: Config;
  app: NestExpressApplication;
}

/**
 * Starts the backing services and the application, and stops them together; with `limits`, requests are drained first.
 * If the start fails, it writes the reason as one sentence and exits with code 1.
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
    // Until the application runs, only problems are logged, not Nest's list of modules.
    const loud: LogLevel[] = ['fatal', 'error', 'warn'];
    NestLogger.overrideLogger(loud);
    const config = Config.load();
    keepFilesPrivate();
    if (!(await openPrivateFolder(config.DATA_DIR)))
      new NestLogger('Start').warn(
        `${config.DATA_DIR} is open to other accounts and belongs to another one: chmod 700 it`,
      );
    // graphql-upload spools files there: the disk of the media has enough space.
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
 * SIGTERM drains first, because orchestrators send it when another process is ready. Ctrl-C (SIGINT) and the end of the
 * parent process do not. A second signal stops all waiting. Returns the function that ends the process after a defect.
 * Not Nest's `enableShutdownHooks`, which neither drains nor stops the backing services after the application.
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
    // Short requests finish; players on slow connections continue at another process with a Range request.
    setTimeout(() => app.getHttpServer().closeAllConnections(), CONNECTIONS_LIMIT_MS).unref();
    await app.close().catch((e: Error) => process.stderr.write(`closing: ${e.message}\n`));
    await stopServices();
    process.exit(code);
  };
  process.on('SIGINT', () => void end(false));
  process.on('SIGTERM', () => void end(true));
  // A parent that started this process with an IPC channel wants it to end with itself, even if the parent was killed.
  process.once('disconnect', () => void end(false));
  return () => void end(false, 1);
}

/** Limits for a server with APIs. A worker's HTTP server only serves probes, and its songs are requeued at once. */
export function drainLimits({ SHUTDOWN_DRAIN_SECONDS, SHUTDOWN_UPLOAD_SECONDS }: Config): DrainLimits {
  return { drainMs: SHUTDOWN_DRAIN_SECONDS * 1_000, requestsMs: SHUTDOWN_UPLOAD_SECONDS * 1_000 };
}
