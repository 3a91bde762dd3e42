import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { UNCONFIRMED } from '../../platform/cache/unconfirmed-error.js';
import { CurrentViewer, SessionOnly, Public, Authenticated } from '../authorization/access.guard.js';
import { Account } from './account.schema.js';
import { AccountsService } from './accounts.service.js';
import { FromAddress } from './client-address.js';
import {
  CarriedBy,
  SessionTransport,
  type GraphqlHttpContext,
} from '../sessions/session-transport.service.js';
import { Session, SessionCarrier } from '../sessions/session.schema.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { Bearer } from '../authorization/viewer.js';

@Resolver(() => Session)
export class UsersResolver {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly transport: SessionTransport,
  ) {}

  @Public()
  @Query(() => Account, {
    nullable: true,
    description: 'Who is asking; null for a stranger, and for a page whose session has ended.',
  })
  async viewer(
    @CurrentViewer() viewer: Bearer | undefined,
    @Context() context: GraphqlHttpContext,
  ): Promise<Account | null> {
    if (!viewer) return null;
    this.transport.renew(context);
    return this.accounts.get(viewer.accountId);
  }

  @Authenticated()
  @Query(() => Account, { description: 'Who is asking. Errors: UNAUTHENTICATED.' })
  me(@CurrentViewer() viewer: Bearer): Promise<Account> {
    return this.accounts.get(viewer.accountId);
  }

  @Public()
  @Mutation(() => Session, {
    description:
      'Makes a LISTENER’s account and signs in. With the address and password of an account that exists it only signs in. ' +
      'Errors: REGISTRATION_CLOSED, BAD_INPUT (no e-mail address), WEAK_PASSWORD, REGISTRATION_REFUSED, ACCOUNT_SUSPENDED, ' +
      'FORBIDDEN (a cookie for another page), TOO_MANY_ATTEMPTS (extensions.retryAfterSeconds).',
  })
  async register(
    @Args('email', { description: 'At most 254 characters; upper and lower case are the same.' })
    email: string,
    @Args('password', { description: '10 to 256 characters, neither the e-mail address nor a common one.' })
    password: string,
    @CarriedBy() carrier: SessionCarrier,
    @FromAddress() address: string,
    @Context() context: GraphqlHttpContext,
  ): Promise<Session> {
    this.transport.check(carrier, context);
    const account = await this.accounts.register(email, password, address);
    const session = await this.sessions.open(account, this.transport.deviceOf(context, null));
    return this.transport.send(session, carrier, context);
  }

  @Public()
  @Mutation(() => Session, {
    description:
      'Signs in. Errors: WRONG_CREDENTIALS, ACCOUNT_SUSPENDED, FORBIDDEN (a cookie for another page), TOO_MANY_ATTEMPTS (extensions.retryAfterSeconds).',
  })
  async login(
    @Args('email', { description: 'Upper and lower case are the same.' }) email: string,
    @Args('password', { description: 'At most 256 characters.' }) password: string,
    @Args('device', {
      type: () => String,
      nullable: true,
      description: '`Session.device` of an earlier sign-in from here; our own page’s travels in a cookie.',
    })
    device: string | null,
    @CarriedBy() carrier: SessionCarrier,
    @FromAddress() address: string,
    @Context() context: GraphqlHttpContext,
  ): Promise<Session> {
    this.transport.check(carrier, context);
    const known = this.transport.deviceOf(context, device);
    const account = await this.accounts.authenticate(email, password, address, known);
    const session = await this.sessions.open(account, known);
    return this.transport.send(session, carrier, context);
  }

  @SessionOnly()
  @Mutation(() => Boolean, {
    description: `Ends this session, at once and everywhere. Always true. Errors: UNAUTHENTICATED, ${UNCONFIRMED}.`,
  })
  async logout(@CurrentViewer() viewer: Bearer, @Context() context: GraphqlHttpContext): Promise<boolean> {
    this.transport.clear(context);
    await this.sessions.end(viewer.tokenHash);
    return true;
  }

  @SessionOnly()
  @Mutation(() => Boolean, {
    description:
      'Ends all of your sessions, including this one; access tokens stay. Always true. ' +
      `Errors: UNAUTHENTICATED, ${UNCONFIRMED}.`,
  })
  async logoutEverywhere(
    @CurrentViewer() viewer: Bearer,
    @Context() context: GraphqlHttpContext,
  ): Promise<boolean> {
    this.transport.clear(context);
    await this.accounts.endSessions(viewer.accountId);
    return true;
  }

  @SessionOnly()
  @Mutation(() => Account, {
    description:
      'Ends all of your other sessions; this one and access tokens stay. Errors: UNAUTHENTICATED, WRONG_CREDENTIALS, ' +
      `WEAK_PASSWORD, CONFLICT, TOO_MANY_ATTEMPTS (extensions.retryAfterSeconds), ${UNCONFIRMED}.`,
  })
  async changePassword(
    @Args('current', { description: 'The current password.' }) current: string,
    @Args('next', { description: 'The new one; the rules of `register` apply.' }) next: string,
    @CurrentViewer() viewer: Bearer,
    @FromAddress() address: string,
  ): Promise<Account> {
    const account = await this.accounts.changePassword(viewer.accountId, current, next, address);
    await this.sessions.keepOnly(viewer.tokenHash, account);
    return account;
  }
}
