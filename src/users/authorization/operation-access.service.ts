import { Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { TypeMetadataStorage } from '@nestjs/graphql';
import { OperationTypeNode } from 'graphql';
import { DomainError } from '../../platform/errors/domain-error.js';
import { assertAllowed } from './access-rule.js';
import { declaredAccess } from './access.guard.js';
import { rootFieldsOf, type RootFields, type SentRequest } from './root-fields.js';
import { isAdministrator, type Viewer } from './viewer.js';

/** Apollo's answer to the hash of a document it does not know. The client sends the document then. */
class PersistedQueryNotFoundError extends DomainError {
  readonly code = 'PERSISTED_QUERY_NOT_FOUND';
  override readonly status = 200;
  constructor() {
    super('PersistedQueryNotFound');
  }
}

/**
 * Applies the access rules of resolvers before anything of a request is executed. AccessGuard applies the same rules to
 * each field later; this is for requests whose body must not be received for nothing.
 */
@Injectable()
export class OperationAccess {
  constructor(private readonly reflector: Reflector) {}

  /**
   * Throws UnauthenticatedError or ForbiddenError if AccessGuard would refuse a root field of the request, and
   * PersistedQueryNotFoundError if the request has only the hash of its document and the viewer may not execute
   * everything. A malformed request passes: nothing of it will be executed.
   */
  assertAllowed(viewer: Viewer | undefined, request: SentRequest): void {
    if (isDocumentUnknown(request) && !isAdministrator(viewer)) throw new PersistedQueryNotFoundError();
    const fields = rootFieldsOf(request);
    if (!fields) return;
    for (const { schemaName, target, methodName } of resolversOf(fields.operation)) {
      if (!fields.names.has(schemaName)) continue;
      const handler = (target.prototype as Record<string, Function>)[methodName]!;
      const declared = declaredAccess(this.reflector, handler, target);
      assertAllowed(viewer, { ...declared, writes: fields.operation === OperationTypeNode.MUTATION });
    }
  }
}

/** Only Apollo has the documents of persisted queries. */
function isDocumentUnknown({ query, extensions }: SentRequest): boolean {
  return (
    typeof query !== 'string' && Boolean((extensions as { persistedQuery?: unknown } | null)?.persistedQuery)
  );
}

/** Every resolver of root fields. A field without one is refused when the document is validated. */
function resolversOf(operation: RootFields['operation']) {
  switch (operation) {
    case OperationTypeNode.QUERY:
      return TypeMetadataStorage.getQueriesMetadata();
    case OperationTypeNode.MUTATION:
      return TypeMetadataStorage.getMutationsMetadata();
    case OperationTypeNode.SUBSCRIPTION:
      return TypeMetadataStorage.getSubscriptionsMetadata();
  }
}
