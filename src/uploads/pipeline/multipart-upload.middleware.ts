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

/** Multipart framing and the GraphQL document around the file, bytes. */
const ENVELOPE_BYTES = 1024 ** 2;

/**
 * Stands before graphql-upload, which would otherwise spool any stranger's whole body to disk first: who may not
 * upload, or says beforehand that it is too much, is refused before the first byte is kept.
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
   * Resolves when the operations are known; the file may still be on its way. The library's own middleware also keeps
   * every answer back until the whole body has come, which platform/http/lingering.ts makes needless.
   */
  private async receive(request: ViewerRequest, response: Response): Promise<void> {
    const head = new MultipartHead(request, ENVELOPE_BYTES);
    const operations = await processRequest(request, response, {
      // One more than allowed, so that the reception can tell "just fits" from "cut off".
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
