import type { Request, Response } from 'express';
import { sendDomainError } from '../../common/domain-error.filter.js';
import type { DomainError } from '../../common/domain-error.js';

/** How long a refused client may go on sending before its connection is cut, milliseconds. */
const LINGER_MS = 10_000;

/** Answers at once, then lets the client finish its sentence for a moment: cutting it off would lose the answer. */
export function refuseBody(request: Request, response: Response, error: DomainError): void {
  request.resume();
  setTimeout(() => request.destroy(), LINGER_MS).unref();
  sendDomainError(request, response, error);
}
