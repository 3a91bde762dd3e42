import { Injectable } from '@nestjs/common';
import type { DomainError } from '../platform/errors/domain-error.js';
import { Config } from '../platform/config/config.js';
import { SocketMetrics } from './socket-metrics.js';
import { BoundedCounts } from './bounded-counts.js';
import { SocketsFullError, TooManySocketsError, TooManySubscriptionsError } from './socket-errors.js';

/** The holder of a socket, for whom sockets and subscriptions are counted. */
export interface SocketHolder {
  /** As addressBlock() in users/accounts/client-address.ts gives it. */
  address: string;
  /** Null for an anonymous client. */
  accountId: string | null;
}

const PROCESS = '';

/** Limits the sockets and subscriptions of this process: in total, per address and per account. */
@Injectable()
export class SocketLimits {
  private readonly sockets: { process: BoundedCounts; address: BoundedCounts; account: BoundedCounts };
  private readonly subscriptions: typeof this.sockets;

  constructor(
    config: Config,
    private readonly metrics: SocketMetrics,
  ) {
    this.sockets = {
      process: new BoundedCounts(config.SOCKETS_PER_PROCESS),
      address: new BoundedCounts(config.SOCKETS_PER_ADDRESS),
      account: new BoundedCounts(config.SOCKETS_PER_ACCOUNT),
    };
    this.subscriptions = {
      process: new BoundedCounts(config.SUBSCRIPTIONS_PER_PROCESS),
      address: new BoundedCounts(config.SUBSCRIPTIONS_PER_ADDRESS),
      account: new BoundedCounts(config.SUBSCRIPTIONS_PER_ACCOUNT),
    };
    metrics.observeSubscriptions(() => this.subscriptions.process.of(PROCESS));
  }

  /** Counts a socket from this address. Throws TooManySocketsError, SocketsFullError. */
  open(address: string): void {
    const { sockets } = this;
    if (!sockets.address.fits(address))
      this.refuse(new TooManySocketsError('address', sockets.address.limit));
    if (!sockets.process.fits(PROCESS)) this.refuse(new SocketsFullError());
    sockets.address.add(address, 1);
    sockets.process.add(PROCESS, 1);
  }

  close(address: string): void {
    this.sockets.address.add(address, -1);
    this.sockets.process.add(PROCESS, -1);
  }

  /** Counts an open socket for its account. Throws TooManySocketsError. */
  signIn(accountId: string): void {
    const { account } = this.sockets;
    if (!account.fits(accountId)) this.refuse(new TooManySocketsError('account', account.limit));
    account.add(accountId, 1);
  }

  signOut(accountId: string): void {
    this.sockets.account.add(accountId, -1);
  }

  /** Counts `amount` subscriptions. Throws TooManySubscriptionsError. */
  subscribe({ address, accountId }: SocketHolder, amount = 1): void {
    const bounds = this.subscriptions;
    if (!bounds.address.fits(address, amount))
      this.refuse(new TooManySubscriptionsError('address', bounds.address.limit));
    if (accountId !== null && !bounds.account.fits(accountId, amount))
      this.refuse(new TooManySubscriptionsError('account', bounds.account.limit));
    if (!bounds.process.fits(PROCESS, amount))
      this.refuse(new TooManySubscriptionsError('process', bounds.process.limit));
    this.count({ address, accountId }, amount);
  }

  unsubscribe(holder: SocketHolder, amount = 1): void {
    this.count(holder, -amount);
  }

  private refuse(error: DomainError): never {
    this.metrics.refused(error.code);
    throw error;
  }

  private count({ address, accountId }: SocketHolder, amount: number): void {
    this.subscriptions.address.add(address, amount);
    if (accountId !== null) this.subscriptions.account.add(accountId, amount);
    this.subscriptions.process.add(PROCESS, amount);
  }
}
