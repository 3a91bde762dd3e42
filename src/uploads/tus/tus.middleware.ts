import type { IncomingMessage } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { Response } from 'express';
import { sendDomainError } from '../../platform/errors/domain-error.filter.js';
import { ConflictError, DomainError, NotFoundError } from '../../platform/errors/domain-error.js';
import type { ViewerRequest } from '../../users/authorization/viewer.js';
import { DiskSpace } from '../pipeline/disk-space.service.js';
import { assertMayUpload } from '../pipeline/upload-access.js';
import { UploadProtocol } from '../pending/pending-upload.schema.js';
import { isClaimed, PendingUploadRepository } from '../pending/pending-upload.repository.js';
import { TusDataStore } from './tus-data-store.js';
import { diskFullMidUpload, outageRefusal } from './tus-refusals.js';
import { TusRequestQueue, uploadIdIn } from './tus-request-queue.service.js';
import { TusServer } from './tus-server.js';
import { TusTransport } from './tus-transport.service.js';

const METHODS = new Set(['HEAD', 'PATCH', 'DELETE']);
/** How long a request may take to end after a newer one asked for its lock, milliseconds. */
const DRAIN_MS = 1_000;

/**
 * The tus endpoint (tus.io, protocol 1.0.0). Uploads are created by `createUpload` only; here their owner may read the
 * offset, continue or cancel one. For all other accounts the upload does not exist (NOT_FOUND).
 */
@Injectable()
export class TusMiddleware implements NestMiddleware {
  private readonly tus: TusServer;

  constructor(
    private readonly uploads: PendingUploadRepository,
    private readonly diskSpace: DiskSpace,
    queue: TusRequestQueue,
    files: TusTransport,
  ) {
    this.tus = new TusServer({
      path: '/uploads',
      datastore: new TusDataStore(files, uploads),
      locker: (request) => queue.lockerOf(nodeRequest(request)),
      lockDrainTimeout: DRAIN_MS,
      // The library may see the disk error on the request before the data store has converted it.
      onResponseError: (_request, error) => outageRefusal(error),
      getFileIdFromRequest: (_request, last) => last,
    });
  }

  async use(request: ViewerRequest, response: Response): Promise<void> {
    request.method = methodOf(request);
    if (request.headers['access-control-request-method']) return this.answerPreflight(response);
    try {
      if (request.method !== 'OPTIONS') await this.admit(request);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      response.set('Tus-Resumable', '1.0.0');
      return sendDomainError(request, response, error);
    }
    // The client has disconnected; it may have reconnected already, so the upload must not be locked for it.
    if (request.socket.destroyed) return;
    // Nest mounts the middleware, which makes `url` relative to the mount point.
    request.url = request.originalUrl;
    await this.tus.handle(request, response);
  }

  /** Answered here, because the library would replace the allowed request headers by a list of its own. */
  private answerPreflight(response: Response): void {
    response
      .set({
        'Tus-Resumable': '1.0.0',
        'Tus-Version': '1.0.0',
        'Tus-Extension': this.tus.datastore.extensions.join(','),
      })
      .status(204)
      .end();
  }

  private async admit({ viewer, method, headers, originalUrl }: ViewerRequest): Promise<void> {
    assertMayUpload(viewer);
    const id = METHODS.has(method) ? uploadIdIn(originalUrl) : undefined;
    const upload = id && (await this.uploads.findOwn(id, viewer.accountId));
    if (!upload || upload.protocol !== UploadProtocol.TUS) throw new NotFoundError('This upload');
    if (method === 'HEAD') return;
    if (isClaimed(upload)) throw new ConflictError('This upload is being checked; wait for the answer.');
    if (method !== 'PATCH') return;
    const announced = Number(headers['content-length'] ?? 0);
    await this.diskSpace.require(Math.min(announced, upload.bytes), diskFullMidUpload());
  }
}

/** For clients and proxies without PATCH, and because browsers send no Origin with HEAD, a POST may name its method. */
function methodOf({ method, headers }: ViewerRequest): string {
  const stated = headers['x-http-method-override'];
  return method === 'POST' && typeof stated === 'string' ? stated.toUpperCase() : method;
}

/** Node's request inside the srvx request that the tus server uses. */
function nodeRequest(request: Request): IncomingMessage {
  return (request as Request & { node: { req: IncomingMessage } }).node.req;
}
