import { Module } from '@nestjs/common';
import { OperationCostModule } from '../operation-cost/operation-cost.module.js';
import { UsersModule } from '../users/users.module.js';
import { GraphqlSockets } from './graphql-sockets.js';
import { SessionWatch } from './session-watch.js';

/** What sockets that stay open need: rules of the protocol, and an eye on the sessions behind them. */
@Module({
  imports: [UsersModule, OperationCostModule],
  providers: [SessionWatch, GraphqlSockets],
  exports: [SessionWatch, GraphqlSockets],
})
export class SocketsModule {}
