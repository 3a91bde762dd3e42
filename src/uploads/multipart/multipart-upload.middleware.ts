import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import processRequest from 'graphql-upload/processRequest.mjs';
import { sendDomainError } from '../../platform/errors/domain-error.filter.js';
import { BadInputError, DomainError } from '../../platform/errors/domain-error.js';
import { malformedUpload } from '../../platform/graphql/upload.scalar.js';
import { Config } from '../../platform/config/config.js';
import { OperationAccess } from '../../users/authorization/operation-access.service.js';
import type { ViewerRequest } from '../../users/authorization/viewer.js';
import { assertMayUpload } from '../pipeline/upload-access.js';
import { TooLargeError } from '../pipeline/upload-errors.js';
import { FIELD_BYTES, readHead } from './multipart-head.js';
import { endReadersWithSpool } from './spooled-file.js';

/** Allowance for multipart framing and the GraphQL document around the file, bytes. */
const ENVELOPE_BYTES = FIELD_BYTES;

/**
 * Runs before graphql-upload, which would spool the whole body of any anonymous request to disk. A client that may not
 * do what it asks for, or announces too large a body, is refused before the first byte is stored.
 */
@Injectable()
export class MultipartUploadMiddleware implements NestMiddleware {
  constructor(
    private readonly access: OperationAccess,
    private readonly config: Config,
  ) {}

  async use(request: ViewerRequest, response: Response, next: NextFunction): Promise<void> {
    if (!request.is('multipart/form-data')) return next();
    try {
      this.checkHeaders(request);
      request.body = await this.receive(request, response);
    } catch (error) {
      const refusal = error instanceof DomainError ? error : malformedUpload(error as Error);
      return sendDomainError(request, response, refusal);
    }
    next();
  }

  private checkHeaders({ headers, viewer }: ViewerRequest): void {
    if (!headers['apollo-require-preflight'] && !headers['x-apollo-operation-name'])
      throw new BadInputError(
        'Send the header "apollo-require-preflight: true" with an upload (it prevents CSRF).',
      );
    assertMayUpload(viewer);
    if (Number(headers['content-length'] ?? 0) > this.config.MAX_UPLOAD_BYTES + ENVELOPE_BYTES)
      throw new TooLargeError(this.config.MAX_UPLOAD_BYTES);
  }

  /**
   * Resolves to the operations as soon as they are known; the file may still be arriving. The library's own middleware
   * also delays every response until the whole body has arrived, which platform/http/lingering.ts makes unnecessary.
   */
  private async receive(request: ViewerRequest, response: Response): Promise<unknown> {
    const { requests, isUtf8, body } = await readHead(request);
    for (const sent of requests) this.access.assertAllowed(request.viewer, sent);
    if (!isUtf8) throw new Error('a field is not valid UTF-8');
    const operations = await processRequest(body, response, {
      // One byte more than allowed, so that UploadSpool can tell a file that just fits from one that was cut off.
      maxFileSize: this.config.MAX_UPLOAD_BYTES + 1,
      maxFiles: 1,
      maxFieldSize: FIELD_BYTES,
    });
    endReadersWithSpool(operations);
    return operations;
  }
}
