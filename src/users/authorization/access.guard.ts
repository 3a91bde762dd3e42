import {
  createParamDecorator,
  Injectable,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext, type GqlContextType } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { ForbiddenError } from '../../platform/errors/domain-error.js';
import { assertAllowed, type Asked, type Rule } from './access-rule.js';
import type { AccessScope } from '../access-tokens/access-scope.js';
import type { Role } from '../accounts/account.schema.js';
import type { Viewer, ViewerRequest } from './viewer.js';

const RULE = 'access:rule';
const SCOPE = 'access:scope';

/** Allows everyone, signed in or not. */
export const Public = () => SetMetadata(RULE, 'anyone' satisfies Rule);

/** Allows any account. */
export const Authenticated = () => SetMetadata(RULE, 'signed in' satisfies Rule);

/** Allows any account with a session, for operations that no access token may do, such as changing the password. */
export const SessionOnly = () => SetMetadata(RULE, 'in person' satisfies Rule);

/** Allows only accounts with this role. */
export const RequireRole = (role: Role) => SetMetadata(RULE, role satisfies Rule);

/** The scope that access tokens need here, instead of the one that follows from the rule (access-rule.ts). */
export const WithScope = (scope: AccessScope) => SetMetadata(SCOPE, scope);

/** What the decorators above declare for a handler; a declaration on its class applies where the handler has none. */
export function declaredAccess(
  reflector: Reflector,
  handler: Function,
  type: Function,
): Pick<Asked, 'rule' | 'scope'> {
  const find = <T>(key: string) => reflector.getAllAndOverride<T | undefined>(key, [handler, type]);
  return { rule: find<Rule>(RULE), scope: find<AccessScope>(SCOPE) };
}

/** The viewer, as a parameter of a resolver; undefined for an anonymous client on a public field. */
export const CurrentViewer = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Viewer | undefined =>
    GqlExecutionContext.create(context).getContext<{ req: ViewerRequest }>().req.viewer,
);

/** Enforces the rules above and the scopes of access tokens. A GraphQL root field without a rule allows nobody. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const asked = declaredAccess(this.reflector, context.getHandler(), context.getClass());
    if (context.getType<GqlContextType>() === 'graphql') {
      const graphql = GqlExecutionContext.create(context);
      const { viewer } = graphql.getContext<{ req: ViewerRequest }>().req;
      const writes = graphql.getInfo<GraphQLResolveInfo>().operation.operation === 'mutation';
      assertAllowed(viewer, { ...asked, writes });
    } else if (context.getType() === 'http') {
      const { viewer, method } = context.switchToHttp().getRequest<ViewerRequest>();
      // REST routes such as media, health and metrics are public unless they have a rule.
      assertAllowed(viewer, {
        ...asked,
        rule: asked.rule ?? 'anyone',
        writes: !['GET', 'HEAD'].includes(method),
      });
    } else if (asked.rule !== undefined && asked.rule !== 'anyone') {
      // On other transports this guard does not know the viewer.
      throw new ForbiddenError();
    }
    return true;
  }
}
