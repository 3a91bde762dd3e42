import { Module } from '@nestjs/common';
import { OperationCostModule } from '../operation-cost/operation-cost.module.js';
import { UsersModule } from '../users/users.module.js';
import { GraphqlSockets } from './graphql-sockets.service.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { SessionWatch } from './session-watch.service.js';
import { SocketIoAdmission } from './socketio-admission.service.js';
import { SocketLimits } from './socket-limits.service.js';
import { UpgradeGate } from './upgrade-gate.service.js';
import { SocketMetrics } from './socket-metrics.js';

/** What long-lived sockets need: the protocol's rules, limits, and regular checks of the sessions behind them. */
@Module({
  imports: [UsersModule, MetricsModule.forFeature(SocketMetrics), OperationCostModule],
  providers: [SessionWatch, GraphqlSockets, SocketIoAdmission, SocketLimits, UpgradeGate],
  exports: [GraphqlSockets, SocketIoAdmission],
})
export class SocketsModule {}
