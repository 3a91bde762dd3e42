import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { BadInputError } from '../errors/domain-error.js';
import { isWellFormed, UNPAIRED_SURROGATE } from '../graphql/well-formed.js';

/** For the body parser: refuses bytes that are not valid UTF-8, which it would silently replace. */
export const JSON_BODIES = {
  verify(_request: IncomingMessage, _response: ServerResponse, body: Buffer, encoding: string): void {
    if (/^utf-?8$/i.test(encoding) && !isUtf8(body)) throw new BadInputError('The body is not valid UTF-8.');
  },
};

/** After the body parser: refuses half surrogate pairs anywhere in the body. */
export function refuseUnpairedSurrogates(request: Request, _response: Response, next: NextFunction): void {
  next(isWellFormed(request.body) ? undefined : unpairedSurrogates());
}

export function unpairedSurrogates(): BadInputError {
  return new BadInputError(UNPAIRED_SURROGATE);
}
