import { HttpException, HttpStatus } from '@nestjs/common';
import mongoose from 'mongoose';
import { databaseRefusalOf } from './database-refusal.js';
import { DomainError, UnavailableError } from './domain-error.js';

/** A request that the framework or a library refused; its message is meant for the client. */
class RefusedRequestError extends DomainError {
  readonly code: string;
  constructor(
    message: string,
    override readonly status: number,
  ) {
    super(message);
    this.code = status === 413 ? 'TOO_LARGE' : (HttpStatus[status] ?? 'BAD_REQUEST');
  }
}

/** The DomainError for a thrown error; undefined when the error is a defect of this server. */
export function toDomainError(error: unknown): DomainError | undefined {
  if (error instanceof DomainError) return error;
  if (isDatabaseOutage(error)) {
    return new UnavailableError('The database does not answer. Try again in a moment.', { cause: error });
  }
  // The operator finds at /health which one.
  if (databaseRefusalOf(error)) {
    return new UnavailableError('The database refuses to serve us. Try again later.', { cause: error });
  }
  return refusedRequest(error);
}

/** Whether the driver or Mongoose threw it because no server is reachable; the driver reconnects by itself. */
export function isDatabaseOutage(thrown: unknown): boolean {
  const error = driverError(thrown);
  const { MongoNetworkError, MongoServerSelectionError, MongoNotConnectedError } = mongoose.mongo;
  const { MongoTopologyClosedError, MongoClientClosedError } = mongoose.mongo;
  const { MongooseServerSelectionError } = mongoose.Error;
  const outages = [
    MongoNetworkError,
    MongoServerSelectionError,
    MongoNotConnectedError,
    MongoTopologyClosedError,
    MongoClientClosedError,
    MongooseServerSelectionError,
  ];
  if (outages.some((outage) => error instanceof outage)) return true;
  // Mongoose has no class for a query that waited in vain for the first connection.
  return error instanceof mongoose.Error && error.message.includes('buffering timed out');
}

/** The cause of a failed bulk write: the driver wraps a broken connection like an answer of the server. */
export function driverError(error: unknown): unknown {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) return error;
  const met: unknown = error.errorResponse;
  return met instanceof Error ? met : error;
}

/** http-errors (body-parser, graphql-upload) mark messages for clients by `expose`; those of Nest always are. */
function refusedRequest(error: unknown): DomainError | undefined {
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return status < 500 ? new RefusedRequestError(error.message, status) : undefined;
  }
  if (!(error instanceof Error)) return undefined;
  const { expose, status, message } = error as Error & { expose?: boolean; status?: number };
  return expose && status ? new RefusedRequestError(message, status) : undefined;
}
