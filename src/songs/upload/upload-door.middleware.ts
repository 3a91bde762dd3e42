import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import graphqlUploadExpress from 'graphql-upload/graphqlUploadExpress.mjs';
import {
  BadInputError,
  ForbiddenError,
  UnauthenticatedError,
  type DomainError,
} from '../../common/domain-error.js';
import { malformedUpload } from '../../common/upload.scalar.js';
import { Config } from '../../config/config.js';
import { AccessScope } from '../../users/access-scope.js';
import { isAdministrator, type ViewerRequest } from '../../users/viewer.js';
import { refuseBody } from './refusal.js';
import { TooLargeError } from './upload-errors.js';

/** Multipart framing and the GraphQL document around the file, bytes. */
const ENVELOPE_BYTES = 1024 ** 2;

/**
 * Stands before graphql-upload, which would otherwise spool any stranger's whole body to disk first: who may not
 * upload, or says beforehand that it is too much, is refused before the first byte is kept.
 */
@Injectable()
export class UploadDoorMiddleware implements NestMiddleware {
  private readonly receive: ReturnType<typeof graphqlUploadExpress>;

  constructor(private readonly config: Config) {
    this.receive = graphqlUploadExpress({
      // One more than allowed, so that the reception can tell "just fits" from "cut off".
      maxFileSize: config.MAX_UPLOAD_BYTES + 1,
      maxFiles: 1,
      maxFieldSize: ENVELOPE_BYTES,
    });
  }

  use(request: ViewerRequest, response: Response, next: NextFunction): void {
    if (!request.is('multipart/form-data')) return next();
    const refusal = this.refusal(request);
    if (refusal) return refuseBody(request, response, refusal);
    this.receive(request, response, (error?: unknown) => {
      if (error instanceof Error) refuseBody(request, response, malformedUpload(error));
      else next();
    });
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
