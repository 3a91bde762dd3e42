import {
  createParamDecorator,
  Injectable,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext, type GqlContextType } from '@nestjs/graphql';
import { ForbiddenError, UnauthenticatedError } from '../common/domain-error.js';
import type { Role } from './account.js';
import type { Viewer, ViewerRequest } from './viewer.js';

const RULE = 'access:rule';
type Rule = 'anyone' | 'signed in' | Role;

/** Anyone may ask, signed in or not. */
export const Public = () => SetMetadata(RULE, 'anyone' satisfies Rule);

/** Any account. */
export const SignedIn = () => SetMetadata(RULE, 'signed in' satisfies Rule);

/** The viewer, as a parameter of a resolver; undefined for a stranger on a public field. */
export const AskedBy = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Viewer | undefined =>
    GqlExecutionContext.create(context).getContext<{ req: ViewerRequest }>().req.viewer,
);

/** Only accounts of this role. */
export const Allow = (role: Role) => SetMetadata(RULE, role satisfies Rule);

/** Enforces @Public, @SignedIn and @Allow. A GraphQL root field without a rule is closed to everyone. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const rule = this.reflector.getAllAndOverride<Rule | undefined>(RULE, [
      context.getHandler(),
      context.getClass(),
    ]);
    const isGraphQL = context.getType<GqlContextType>() === 'graphql';
    if (rule === 'anyone' || (rule === undefined && !isGraphQL)) return true;
    const request: ViewerRequest = isGraphQL
      ? GqlExecutionContext.create(context).getContext<{ req: ViewerRequest }>().req
      : context.switchToHttp().getRequest<ViewerRequest>();
    if (!request.viewer) throw new UnauthenticatedError();
    if (rule !== 'signed in' && request.viewer.role !== rule) throw new ForbiddenError();
    return true;
  }
}
