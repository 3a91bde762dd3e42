import { Module } from '@nestjs/common';
import { CacheModule } from '../platform/cache/cache.module.js';
import { CostAllowance } from './cost-allowance.js';
import { OperationCostPlugin } from './operation-cost.plugin.js';
import { OperationGuard } from './operation-guard.js';

/** What GraphQL operations may cost: each by itself, and those of an account or an address together. */
@Module({
  imports: [CacheModule],
  providers: [CostAllowance, OperationGuard, OperationCostPlugin],
  exports: [OperationGuard],
})
export class OperationCostModule {}
