import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MongooseModule } from '@nestjs/mongoose';
import { CacheModule } from '../cache/cache.module.js';
import { AccessGuard } from './access.guard.js';
import { Account, AccountSchema } from './account.js';
import { AccountsService } from './accounts.service.js';
import { AuthenticationMiddleware } from './authentication.middleware.js';
import { StoredSession, StoredSessionSchema } from './session.js';
import { SessionsService } from './sessions.service.js';
import { UsersResolver } from './users.resolver.js';

/** Who is asking, and what they may do. */
@Module({
  imports: [
    CacheModule,
    MongooseModule.forFeature([
      { name: Account.name, schema: AccountSchema },
      { name: StoredSession.name, schema: StoredSessionSchema },
    ]),
  ],
  providers: [
    AccountsService,
    SessionsService,
    AuthenticationMiddleware,
    UsersResolver,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [SessionsService, AccountsService, AuthenticationMiddleware],
})
export class UsersModule {}
