import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { Public } from './access.guard.js';
import { AccountsService } from './accounts.service.js';
import { Session } from './session.js';
import { SessionsService } from './sessions.service.js';

@Resolver(() => Session)
export class UsersResolver {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
  ) {}

  @Public()
  @Mutation(() => Session, { description: 'Signs in. Errors: WRONG_CREDENTIALS.' })
  async login(
    @Args('email', { description: 'Upper and lower case are the same.' }) email: string,
    @Args('password', { description: 'At most 256 characters.' }) password: string,
  ): Promise<Session> {
    return this.sessions.open(await this.accounts.authenticate(email, password));
  }
}
