import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MongooseModule } from '@nestjs/mongoose';
import { CacheModule } from '../cache/cache.module.js';
import { AccessGuard } from './access.guard.js';
import { AccessToken, AccessTokenSchema } from './access-token.js';
import { AccessTokensResolver } from './access-tokens.resolver.js';
import { AccessTokensService } from './access-tokens.service.js';
import { AccountAdministration } from './account-administration.service.js';
import { Account, AccountSchema } from './account.js';
import { AccountsResolver } from './accounts.resolver.js';
import { AccountsService } from './accounts.service.js';
import { Attempts } from './attempts.js';
import { AuthenticationMiddleware } from './authentication.middleware.js';
import { Authentication } from './authentication.js';
import { DeviceCookie } from './device-cookie.js';
import { FirstAdmin } from './first-admin.js';
import { LastAdmin } from './last-admin.js';
import { StoredSession, StoredSessionSchema } from './session.js';
import { SessionCarriers } from './session-carriers.js';
import { SessionCookie } from './session-cookie.js';
import { SessionsService } from './sessions.service.js';
import { Standings } from './standings.js';
import { UsersResolver } from './users.resolver.js';

/** Who is asking, and what they may do. */
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
    ...[FirstAdmin, AccountsService, AccountAdministration, LastAdmin, Standings, Attempts],
    ...[
      SessionsService,
      SessionCookie,
      DeviceCookie,
      SessionCarriers,
      AccessTokensService,
      Authentication,
      AuthenticationMiddleware,
    ],
    ...[UsersResolver, AccountsResolver, AccessTokensResolver],
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [Authentication, SessionCookie, AuthenticationMiddleware, SessionsService, AccountsService],
})
export class UsersModule {}
