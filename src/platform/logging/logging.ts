import { RequestMethod } from '@nestjs/common';
import type { Params } from 'nestjs-pino';
import pretty from 'pino-pretty';
import { logContext } from './log-context.js';
import type { Config } from '../config/config.js';
import { secretsOf, withoutSecrets } from './secrets.js';
import type { ServiceUrls } from '../config/service-urls.js';

/** A request as pino-http has it. */
interface SerialisedRequest {
  id: string;
  method: string;
  url: string;
  remoteAddress?: string;
}

/** JSON lines for log collectors, readable lines for terminals; the context is in fields, secrets are never logged. */
export function loggerOptions(config: Config, urls: ServiceUrls): Params {
  return {
    pinoHttp: {
      level: config.LOG_LEVEL,
      genReqId: () => logContext().requestId ?? 'unnamed',
      mixin: () => {
        const { songId, attemptId } = logContext();
        return { songId, attemptId };
      },
      // Neither headers nor the query string, because both may contain secrets.
      serializers: {
        req: ({ id, method, url, remoteAddress }: SerialisedRequest) => ({
          id,
          method,
          url: url.split('?', 1)[0],
          remoteAddress,
        }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
      hooks: { streamWrite: withoutSecrets(secretsOf(config, urls)) },
      customLogLevel: (_request, response, error) =>
        error || response.statusCode >= 500 ? 'error' : response.statusCode >= 400 ? 'info' : 'debug',
      ...(config.LOG_FORMAT === 'pretty'
        ? {
            stream: pretty({
              sync: true,
              singleLine: true,
              ignore: 'pid,hostname,req,res,context,songId,attemptId',
              messageFormat: '[{context}] {msg}',
            }),
          }
        : {}),
    },
    // Media requests and probes come by the thousand; /metrics counts them instead.
    forRoutes: [
      { path: 'graphql', method: RequestMethod.ALL },
      { path: 'api/{*path}', method: RequestMethod.ALL },
    ],
  };
}
