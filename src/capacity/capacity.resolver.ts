import { Query, Resolver } from '@nestjs/graphql';
import { RequireRole } from '../users/authorization/access.guard.js';
import { Role } from '../users/accounts/account.schema.js';
import { CapacityService } from './capacity.service.js';
import { Capacity } from './capacity.js';

@Resolver(() => Capacity)
export class CapacityResolver {
  constructor(private readonly service: CapacityService) {}

  @RequireRole(Role.ADMIN)
  @Query(() => Capacity, { description: 'How much capacity the library uses and how much more fits.' })
  capacity(): Promise<Capacity> {
    return this.service.read();
  }
}
