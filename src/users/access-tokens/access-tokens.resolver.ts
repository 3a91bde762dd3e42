import { Args, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { UNCONFIRMED } from '../../platform/cache/unconfirmed-error.js';
import { MAX_PAGE, type Page } from '../../platform/graphql/connection.js';
import { CurrentViewer, SessionOnly } from '../authorization/access.guard.js';
import { AccessScope } from './access-scope.js';
import { AccessToken, AccessTokenConnection, CreatedAccessToken } from './access-token.schema.js';
import { AccessTokensService } from './access-tokens.service.js';
import type { Viewer } from '../authorization/viewer.js';

@Resolver(() => AccessToken)
export class AccessTokensResolver {
  constructor(private readonly accessTokens: AccessTokensService) {}

  @SessionOnly()
  @Query(() => AccessTokenConnection, {
    name: 'accessTokens',
    description: 'Your personal access tokens, newest first. Errors: UNAUTHENTICATED, BAD_INPUT.',
  })
  list(
    @CurrentViewer() viewer: Viewer,
    @Args('first', { type: () => Int, defaultValue: 20, description: `How many, 1 to ${MAX_PAGE}.` })
    first: number,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Page<AccessToken>> {
    return this.accessTokens.page(viewer.accountId, first, after);
  }

  @SessionOnly()
  @Mutation(() => CreatedAccessToken, {
    description:
      'Makes a personal access token, at most 100 an account. Errors: UNAUTHENTICATED, BAD_INPUT, CONFLICT.',
  })
  createAccessToken(
    @CurrentViewer() viewer: Viewer,
    @Args('name', { description: 'For you to recognise it by, 1 to 100 characters.' }) name: string,
    @Args('scope', { type: () => AccessScope, description: 'What it may do, at most.' }) scope: AccessScope,
    @Args('expiresAt', { type: () => Date, nullable: true, description: 'When it ends; left out: never.' })
    expiresAt: Date | null,
  ): Promise<CreatedAccessToken> {
    return this.accessTokens.create(viewer.accountId, name, scope, expiresAt ?? null);
  }

  @SessionOnly()
  @Mutation(() => AccessToken, {
    description: `Revokes one of your access tokens immediately. Errors: UNAUTHENTICATED, NOT_FOUND, ${UNCONFIRMED}.`,
  })
  revokeAccessToken(
    @CurrentViewer() viewer: Viewer,
    @Args('id', { type: () => ID, description: 'AccessToken.id' }) id: string,
  ): Promise<AccessToken> {
    return this.accessTokens.revoke(viewer.accountId, id);
  }
}
