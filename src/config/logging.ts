import { randomUUID } from 'node:crypto';
import { RequestMethod } from '@nestjs/common';
import type { Params } from 'nestjs-pino';
import pretty from 'pino-pretty';
import type { Config } from './config.js';

/** Structured lines for machines, readable ones for people; never a token or a cookie. */
export function loggerOptions(config: Config): Params {
  return {
    pinoHttp: {
      level: config.LOG_LEVEL,
      genReqId: () => randomUUID(),
      redact: ['req.headers.authorization', 'req.headers.cookie', 'res.headers["set-cookie"]'],
      customLogLevel: (_request, response, error) =>
        error || response.statusCode >= 500 ? 'error' : response.statusCode >= 400 ? 'info' : 'debug',
      ...(config.LOG_FORMAT === 'pretty'
        ? {
            stream: pretty({
              sync: true,
              singleLine: true,
              ignore: 'pid,hostname,req,res,context',
              messageFormat: '[{context}] {msg}',
            }),
          }
        : {}),
    },
    // Media and probes come by the thousand and are counted in /metrics instead.
    forRoutes: [
      { path: 'graphql', method: RequestMethod.ALL },
      { path: 'api/{*path}', method: RequestMethod.ALL },
    ],
  };
}
