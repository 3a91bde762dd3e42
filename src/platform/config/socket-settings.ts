import { WholeNumber } from './setting.js';
import { DeliverySettings } from './delivery-settings.js';

/**
 * How many WebSockets (graphql-ws and Socket.io together) and subscriptions (Socket.io: songs followed) one API process
 * carries. Each process counts its own, because what they cost is its memory.
 */
export abstract class SocketSettings extends DeliverySettings {
  /** All sockets of the process. */
  @WholeNumber(1)
  readonly SOCKETS_PER_PROCESS: number = 10_000;

  /** Sockets from one address (IPv6: /64). */
  @WholeNumber(1)
  readonly SOCKETS_PER_ADDRESS: number = 100;

  /** Sockets of one account, from all addresses together. */
  @WholeNumber(1)
  readonly SOCKETS_PER_ACCOUNT: number = 200;

  /** All subscriptions of the process. */
  @WholeNumber(1)
  readonly SUBSCRIPTIONS_PER_PROCESS: number = 50_000;

  /** Subscriptions from one address (IPv6: /64). */
  @WholeNumber(1)
  readonly SUBSCRIPTIONS_PER_ADDRESS: number = 500;

  /** Subscriptions of one account, from all addresses together. */
  @WholeNumber(1)
  readonly SUBSCRIPTIONS_PER_ACCOUNT: number = 1_000;
}
