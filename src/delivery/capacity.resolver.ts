import { Query, Resolver } from '@nestjs/graphql';
import { Allow } from '../users/access.guard.js';
import { Role } from '../users/account.js';
import { CapacityService } from './capacity.service.js';
import { Capacity } from './capacity.js';

@Resolver(() => Capacity)
export class CapacityResolver {
  constructor(private readonly service: CapacityService) {}

  @Allow(Role.ADMIN)
  @Query(() => Capacity, { description: 'What the library weighs and how much more fits.' })
  capacity(): Promise<Capacity> {
    return this.service.read();
  }
}
