import { Logger, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayInit,
} from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import { toDomainError } from '../../platform/errors/to-domain-error.js';
import { checkedId } from '../../platform/mongo/object-id.js';
import { EventBus, type EventStream } from '../../events/event-bus.js';
import { SocketIoAdmission } from '../../events/socketio-admission.service.js';
import { LIBRARY, SongBroadcast, songRoom } from './song-broadcast.js';
import { toSongState } from './song-events.js';
import { SongLooks } from './song-looks.service.js';

/** Songs one socket may follow at once. */
const MAX_FOLLOWED = 200;

/**
 * Events for Socket.io clients. Who may connect, and how much, SocketIoAdmission decides; here a client says what it
 * follows, by joining Socket.io rooms; SongBroadcast emits the events to those.
 */
@WebSocketGateway()
export class SongsGateway implements OnGatewayInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SongsGateway.name);
  private broadcast: SongBroadcast;
  private events?: EventStream;

  constructor(
    private readonly eventBus: EventBus,
    private readonly looks: SongLooks,
    private readonly admission: SocketIoAdmission,
  ) {}

  afterInit(server: Server): void {
    this.admission.guard(server);
    this.broadcast = new SongBroadcast(server, this.looks);
  }

  onApplicationBootstrap(): void {
    this.events = this.eventBus.subscribe(() => true);
    void this.forward(this.events);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.events?.return();
  }

  /**
   * `follow { songId }`: replies with `song`, the current state, and then sends its events; or replies with
   * `refused`.
   */
  @SubscribeMessage('follow')
  async follow(@ConnectedSocket() socket: Socket, @MessageBody() body: unknown): Promise<object | void> {
    try {
      const songId = checkedId('Song', songIdOf(body));
      if (socket.rooms.size > MAX_FOLLOWED)
        return refused('TOO_MANY_SONGS', `One socket follows at most ${MAX_FOLLOWED} songs.`);
      // Joined before reading, so that no event is missed between the two.
      await this.admission.join(socket, songRoom(songId));
      return { event: 'song', data: toSongState(await this.looks.afterEvents(songId)) };
    } catch (error) {
      await socket.leave(songRoom(songIdOf(body)));
      return refusalOf(error);
    }
  }

  @SubscribeMessage('unfollow')
  async unfollow(@ConnectedSocket() socket: Socket, @MessageBody() body: unknown): Promise<void> {
    await socket.leave(songRoom(songIdOf(body)));
  }

  /** `library`: replies with `library`, and then sends `library.changed` for every change. */
  @SubscribeMessage(LIBRARY)
  async library(@ConnectedSocket() socket: Socket): Promise<object> {
    try {
      await this.admission.join(socket, LIBRARY);
      return { event: LIBRARY, data: { at: new Date().toISOString() } };
    } catch (error) {
      return refusalOf(error);
    }
  }

  private async forward(events: EventStream): Promise<void> {
    for await (const event of events) {
      try {
        await this.broadcast.emit(event);
      } catch (error) {
        this.logger.warn(`could not emit ${event.type}: ${(error as Error).message}`);
      }
    }
  }
}

function songIdOf(body: unknown): string {
  const { songId } = (body ?? {}) as { songId?: unknown };
  return typeof songId === 'string' ? songId : '';
}

function refused(code: string, message: string): object {
  return { event: 'refused', data: { code, message } };
}

/** The reply for an error that a client can act on, such as an outage of the database. Throws any other error again. */
function refusalOf(error: unknown): object {
  const named = toDomainError(error);
  if (!named) throw error;
  return refused(named.code, named.message);
}
