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

/** The domain's name for whatever was thrown; undefined for what is a defect of ours. */
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

/** What the driver and Mongoose throw while there is no server to talk to; the house repairs the connection itself. */
export function isDatabaseOutage(thrown: unknown): boolean {
  const error = driverError(thrown);
  const { MongoNetworkError, MongoServerSelectionError, MongoNotConnectedError } = mongoose.mongo;
  const { MongoTopologyClosedError, MongoClientClosedError } = mongoose.mongo;
  const { MongooseServerSelectionError } = mongoose.Error;
  const outages = [
    ...[MongoNetworkError, MongoServerSelectionError, MongoNotConnectedError],
    ...[MongoTopologyClosedError, MongoClientClosedError, MongooseServerSelectionError],
  ];
  if (outages.some((outage) => error instanceof outage)) return true;
  // Mongoose has no class for a query that waited in vain for the first connection.
  return error instanceof mongoose.Error && error.message.includes('buffering timed out');
}

/** What a bulk write met: the driver passes a broken connection off as an answer of the server. */
export function driverError(error: unknown): unknown {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) return error;
  const met: unknown = error.errorResponse;
  return met instanceof Error ? met : error;
}

/** http-errors (body-parser, graphql-upload) mark by `expose` what a client may see; Nest's own always is. */
function refusedRequest(error: unknown): DomainError | undefined {
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return status < 500 ? new RefusedRequestError(error.message, status) : undefined;
  }
  if (!(error instanceof Error)) return undefined;
  const { expose, status, message } = error as Error & { expose?: boolean; status?: number };
  return expose && status ? new RefusedRequestError(message, status) : undefined;
}
