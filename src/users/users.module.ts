import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MongooseModule } from '@nestjs/mongoose';
import { CacheModule } from '../platform/cache/cache.module.js';
import { AccessGuard } from './authorization/access.guard.js';
import { OperationAccess } from './authorization/operation-access.service.js';
import { AccessToken, AccessTokenSchema } from './access-tokens/access-token.schema.js';
import { AccessTokensResolver } from './access-tokens/access-tokens.resolver.js';
import { AccessTokensService } from './access-tokens/access-tokens.service.js';
import { AccountRepository } from './accounts/account.repository.js';
import { AccountAdministration } from './accounts/account-administration.service.js';
import { Account, AccountSchema } from './accounts/account.schema.js';
import { AccountsResolver } from './accounts/accounts.resolver.js';
import { AccountsService } from './accounts/accounts.service.js';
import { LoginRateLimiter } from './accounts/login-rate-limiter.service.js';
import { AuthenticationMiddleware } from './sessions/authentication.middleware.js';
import { Authentication } from './sessions/authentication.service.js';
import { DeviceCookie } from './sessions/device-cookie.service.js';
import { AdminBootstrap } from './accounts/admin-bootstrap.service.js';
import { LastAdminGuard } from './accounts/last-admin-guard.service.js';
import { StoredSession, StoredSessionSchema } from './sessions/session.schema.js';
import { SessionTransport } from './sessions/session-transport.service.js';
import { SessionCookie } from './sessions/session-cookie.service.js';
import { SessionsService } from './sessions/sessions.service.js';
import { AccountStatusCache } from './sessions/account-status-cache.service.js';
import { UsersResolver } from './accounts/users.resolver.js';

/** Accounts, sessions, access tokens and authorization. */
@Module({
  imports: [
    CacheModule,
    MongooseModule.forFeature([
      { name: Account.name, schema: AccountSchema },
      { name: StoredSession.name, schema: StoredSessionSchema },
      { name: AccessToken.name, schema: AccessTokenSchema },
    ]),
  ],
  providers: [
    AdminBootstrap,
    AccountRepository,
    AccountsService,
    AccountAdministration,
    LastAdminGuard,
    AccountStatusCache,
    LoginRateLimiter,
    SessionsService,
    SessionCookie,
    DeviceCookie,
    SessionTransport,
    AccessTokensService,
    Authentication,
    AuthenticationMiddleware,
    UsersResolver,
    AccountsResolver,
    AccessTokensResolver,
    OperationAccess,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [
    Authentication,
    SessionCookie,
    AuthenticationMiddleware,
    OperationAccess,
    SessionsService,
    AccountsService,
  ],
})
export class UsersModule {}
