import type { IncomingMessage } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { Response } from 'express';
import { sendDomainError } from '../../platform/errors/domain-error.filter.js';
import {
  ConflictError,
  DomainError,
  ForbiddenError,
  NotFoundError,
  UnauthenticatedError,
} from '../../platform/errors/domain-error.js';
import { toDomainError } from '../../platform/errors/to-domain-error.js';
import { AccessScope } from '../../users/access-tokens/access-scope.js';
import { isAdministrator, type ViewerRequest } from '../../users/authorization/viewer.js';
import { DiskSpace } from '../pipeline/disk-space.service.js';
import { UploadProtocol } from '../pending/pending-upload.schema.js';
import { isClaimed, PendingUploads } from '../pending/pending-uploads.service.js';
import { TusRequestOrder } from './tus-request-order.service.js';
import { TusTransport } from './tus-transport.service.js';
import { TusLocker } from './tus-locker.js';
import { TusServer } from './tus-server.js';
import { diskRefusal, diskFullMidUpload, TusDataStore } from './tus-data-store.js';

const PATH = /^\/uploads\/([0-9a-f]{32})$/;
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
  private readonly locks = new TusLocker();

  constructor(
    private readonly uploads: PendingUploads,
    private readonly diskSpace: DiskSpace,
    private readonly requestOrder: TusRequestOrder,
    files: TusTransport,
  ) {
    this.tus = new TusServer({
      path: '/uploads',
      datastore: new TusDataStore(files, uploads),
      locker: (request) => this.locks.locker(() => this.requestOrder.reachedLock(nodeRequest(request))),
      lockDrainTimeout: DRAIN_MS,
      // The library may see the disk error on the request before the data store has converted it.
      onResponseError: (_request, error) => diskRefusal(error) ?? outage(error),
      getFileIdFromRequest: (_request, last) => last,
    });
  }

  async use(request: ViewerRequest, response: Response): Promise<void> {
    // For clients and proxies without PATCH, and because browsers send no Origin with HEAD.
    const stated = request.headers['x-http-method-override'];
    if (request.method === 'POST' && typeof stated === 'string') request.method = stated.toUpperCase();
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

  private async admit(request: ViewerRequest): Promise<void> {
    const { viewer, method, headers } = request;
    if (!viewer) throw new UnauthenticatedError();
    if (!isAdministrator(viewer, AccessScope.UPLOAD)) throw new ForbiddenError();
    const id = PATH.exec(request.originalUrl)?.[1];
    const upload = id && METHODS.has(method) ? await this.uploads.findOwn(id, viewer.accountId) : null;
    if (upload?.protocol !== UploadProtocol.TUS) throw new NotFoundError('This upload');
    if (method === 'HEAD') return;
    if (isClaimed(upload)) throw new ConflictError('This upload is being checked; wait for the answer.');
    if (method === 'PATCH')
      await this.diskSpace.require(
        Math.min(Number(headers['content-length'] ?? 0), upload.bytes),
        diskFullMidUpload(),
      );
  }
}

/** The response when the database is unavailable; undefined when the error has another cause. */
function outage(error: unknown): { status_code: number; body: string } | undefined {
  const named = error instanceof Error ? toDomainError(error) : undefined;
  if (!named) return undefined;
  const { status, code, message } = named;
  return { status_code: status, body: JSON.stringify({ code, message }) };
}

/** Node's request inside the srvx request that the tus server uses. */
function nodeRequest(request: Request): IncomingMessage {
  return (request as Request & { node: { req: IncomingMessage } }).node.req;
}
