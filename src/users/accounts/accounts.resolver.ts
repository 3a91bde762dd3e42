import { Args, ID, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { UNCONFIRMED } from '../../platform/cache/unconfirmed-error.js';
import { MAX_PAGE, type Page } from '../../platform/graphql/connection.js';
import { RequireRole, CurrentViewer } from '../authorization/access.guard.js';
import { AccountAdministration } from './account-administration.service.js';
import { Account, AccountConnection, Role } from './account.schema.js';
import { isAdministrator, type Viewer } from '../authorization/viewer.js';

@Resolver(() => Account)
export class AccountsResolver {
  constructor(private readonly administration: AccountAdministration) {}

  @ResolveField(() => String, {
    nullable: true,
    description:
      'The e-mail address this person signs in with; lower case. Null unless it is your account or you are an administrator.',
  })
  email(@Parent() account: Account, @CurrentViewer() viewer: Viewer | undefined): string | null {
    return viewer?.accountId === account.id || isAdministrator(viewer) ? account.email : null;
  }

  @RequireRole(Role.ADMIN)
  @Query(() => AccountConnection, { description: 'All accounts, newest first. Errors: BAD_INPUT.' })
  accounts(
    @Args('first', { type: () => Int, defaultValue: 20, description: `How many, 1 to ${MAX_PAGE}.` })
    first: number,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Page<Account>> {
    return this.administration.page(first, after);
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Account, {
    description: `Counts at once, also for sessions that are open. Errors: NOT_FOUND, LAST_ADMIN, CONFLICT, ${UNCONFIRMED}.`,
  })
  changeRole(
    @Args('accountId', { type: () => ID, description: 'Account.id' }) accountId: string,
    @Args('role', { type: () => Role, description: 'What the account may do from now on.' }) role: Role,
  ): Promise<Account> {
    return this.administration.changeRole(accountId, role);
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Account, {
    description:
      'Ends the account’s sessions at once and refuses its access tokens (ACCOUNT_SUSPENDED) until it is reinstated. ' +
      `Errors: NOT_FOUND, LAST_ADMIN, CONFLICT, ${UNCONFIRMED}.`,
  })
  suspendAccount(
    @Args('accountId', { type: () => ID, description: 'Account.id' }) accountId: string,
  ): Promise<Account> {
    return this.administration.suspend(accountId);
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Account, {
    description: `Lets a suspended account sign in again. Errors: NOT_FOUND, CONFLICT, ${UNCONFIRMED}.`,
  })
  reinstateAccount(
    @Args('accountId', { type: () => ID, description: 'Account.id' }) accountId: string,
  ): Promise<Account> {
    return this.administration.reinstate(accountId);
  }
}
