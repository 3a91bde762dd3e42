import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import processRequest from 'graphql-upload/processRequest.mjs';
import { sendDomainError } from '../../platform/errors/domain-error.filter.js';
import {
  BadInputError,
  ForbiddenError,
  UnauthenticatedError,
  type DomainError,
} from '../../platform/errors/domain-error.js';
import { malformedUpload } from '../../platform/graphql/upload.scalar.js';
import { Config } from '../../platform/config/config.js';
import { AccessScope } from '../../users/access-tokens/access-scope.js';
import { isAdministrator, type ViewerRequest } from '../../users/authorization/viewer.js';
import { MultipartHead } from './multipart-head.js';
import { endReadersWithSpool } from './spool.js';
import { TooLargeError } from './upload-errors.js';

/** Allowance for multipart framing and the GraphQL document around the file, bytes. */
const ENVELOPE_BYTES = 1024 ** 2;

/**
 * Runs before graphql-upload, which would spool the whole body of any anonymous request to disk. A client that may not
 * upload, or announces too large a body, is refused before the first byte is stored.
 */
@Injectable()
export class MultipartUploadMiddleware implements NestMiddleware {
  constructor(private readonly config: Config) {}

  use(request: ViewerRequest, response: Response, next: NextFunction): void {
    if (!request.is('multipart/form-data')) return next();
    const refusal = this.refusal(request);
    if (refusal) return sendDomainError(request, response, refusal);
    this.receive(request, response).then(
      () => next(),
      (error: Error) => sendDomainError(request, response, malformedUpload(error)),
    );
  }

  /**
   * Resolves when the operations are known; the file may still be arriving. The library's own middleware also delays
   * every response until the whole body has arrived, which platform/http/lingering.ts makes unnecessary.
   */
  private async receive(request: ViewerRequest, response: Response): Promise<void> {
    const head = new MultipartHead(request, ENVELOPE_BYTES);
    const operations = await processRequest(request, response, {
      // One byte more than allowed, so that UploadSpool can tell a file that just fits from one that was cut off.
      maxFileSize: this.config.MAX_UPLOAD_BYTES + 1,
      maxFiles: 1,
      maxFieldSize: ENVELOPE_BYTES,
    }).finally(() => head.end());
    if (!head.hasUtf8Fields()) throw new Error('a field is not valid UTF-8');
    endReadersWithSpool(operations);
    request.body = operations;
  }

  private refusal(request: ViewerRequest): DomainError | null {
    if (!request.headers['apollo-require-preflight'] && !request.headers['x-apollo-operation-name']) {
      return new BadInputError(
        'Send the header "apollo-require-preflight: true" with an upload (it prevents CSRF).',
      );
    }
    if (!request.viewer) return new UnauthenticatedError();
    if (!isAdministrator(request.viewer, AccessScope.UPLOAD)) return new ForbiddenError();
    if (Number(request.headers['content-length'] ?? 0) > this.config.MAX_UPLOAD_BYTES + ENVELOPE_BYTES) {
      return new TooLargeError(this.config.MAX_UPLOAD_BYTES);
    }
    return null;
  }
}
