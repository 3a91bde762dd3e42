import type { WebSocket } from 'ws';
import type { Bearer, ViewerRequest } from '../users/authorization/viewer.js';
import type { Watched } from './session-watch.service.js';
import { PacedSocket } from './paced-socket.js';
import type { SocketHolder, SocketLimits } from './socket-limits.service.js';

/** graphql-ws: "Unauthorized". Its clients give up and report the error; after 4403 they would reconnect for ever. */
export const UNAUTHORIZED = 4401;
/** RFC 6455 registry: "Try again later". graphql-ws clients reconnect after a pause. */
export const TRY_AGAIN_LATER = 1013;
/**
 * Length up to which a subscription counts as one, characters; a longer one counts as several, as it needs more
 * memory.
 */
const CHARACTERS_OF_ONE = 1_024;

/** One graphql-ws socket. Its viewer is kept on the request that opened it, where guards and resolvers read it. */
export class GraphqlSocket implements Watched {
  readonly paced: PacedSocket;
  private account: string | null = null;
  /** How many subscriptions each one counts as, by its id. */
  private readonly counted = new Map<string, number>();

  constructor(
    private readonly request: ViewerRequest,
    private readonly socket: WebSocket,
    private readonly address: string,
    private readonly limits: SocketLimits,
  ) {
    this.paced = new PacedSocket(socket);
  }

  set viewer(viewer: Bearer) {
    this.request.viewer = viewer;
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Counts this socket for the account of its viewer, if any. Throws TooManySocketsError. */
  signIn(): void {
    const { viewer } = this.request;
    if (!viewer) return;
    this.limits.signIn(viewer.accountId);
    this.account = viewer.accountId;
  }

  /** Counts a subscription until it is no longer among the open ones. Throws TooManySubscriptionsError. */
  subscribe(id: string, characters: number, open: object): void {
    this.discountEnded(open);
    const amount = Math.ceil(characters / CHARACTERS_OF_ONE);
    this.limits.subscribe(this.holder, amount);
    this.counted.set(id, amount);
  }

  /** Stops counting subscriptions that have ended. `open`: open subscriptions by id, as graphql-ws keeps them. */
  discountEnded(open: object): void {
    for (const [id, amount] of this.counted) {
      if (id in open) continue;
      this.counted.delete(id);
      this.limits.unsubscribe(this.holder, amount);
    }
  }

  /** Called when the socket is closed. */
  left(): void {
    this.discountEnded({});
    if (this.account !== null) this.limits.signOut(this.account);
    this.account = null;
  }

  close(): void {
    this.socket.close(UNAUTHORIZED, 'Session ended');
  }

  private get holder(): SocketHolder {
    return { address: this.address, accountId: this.account };
  }
}
