import { Module } from '@nestjs/common';
import { CacheModule } from '../platform/cache/cache.module.js';
import { CostAllowance } from './cost-allowance.service.js';
import { OperationCostPlugin } from './operation-cost.plugin.js';
import { OperationGuard } from './operation-guard.service.js';

/** Limits the cost of GraphQL operations: of each one, and of those of an account or an address together. */
@Module({
  imports: [CacheModule],
  providers: [CostAllowance, OperationGuard, OperationCostPlugin],
  exports: [OperationGuard],
})
export class OperationCostModule {}
