import { Logger, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayInit,
} from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import { DomainError, NotFoundError } from '../../platform/errors/domain-error.js';
import { checkedId } from '../../platform/mongo/object-id.js';
import { EventBus, type LibraryEvent, type EventStream } from '../../events/event-bus.js';
import { SocketIoAdmission } from '../../events/socketio-admission.service.js';
import { isPublicEvent, libraryChangeOf } from './library-change.js';
import { SongLooks } from './song-looks.service.js';
import { toSongState } from './song-events.js';

/** Songs one socket may follow at once. */
const MAX_FOLLOWED = 200;
const LIBRARY = 'library';
const songRoom = (songId: string): string => `song:${songId}`;

interface Reading {
  songId: string;
  outdated: boolean;
}

/**
 * Events for Socket.io clients, by Socket.io rooms: one per song and one for the library. The event bus brings every
 * event to every process, and each emits it to its own sockets only (`local`); through the Redis adapter it would
 * arrive once per process.
 */
@WebSocketGateway()
export class SongsGateway implements OnGatewayInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  @WebSocketServer()
  private readonly server: Server;

  private readonly logger = new Logger(SongsGateway.name);
  private readonly readings = new Set<Reading>();
  private events?: EventStream;

  constructor(
    private readonly eventBus: EventBus,
    private readonly looks: SongLooks,
    private readonly admission: SocketIoAdmission,
  ) {}

  afterInit(server: Server): void {
    this.admission.guard(server);
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
      // Joined before reading: events in between are sent, and mark what was read as outdated.
      await this.admission.join(socket, songRoom(songId));
      return { event: 'song', data: await this.present(songId) };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      await socket.leave(songRoom(songIdOf(body)));
      return refused(error.code, error.message);
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
      if (!(error instanceof DomainError)) throw error;
      return refused(error.code, error.message);
    }
  }

  private async forward(events: EventStream): Promise<void> {
    for await (const event of events) {
      try {
        this.emitToRooms(event);
        if (event.type === 'events.missed') await this.missed(event.at);
      } catch (error) {
        this.logger.warn(`could not emit ${event.type}: ${(error as Error).message}`);
      }
    }
  }

  private emitToRooms(event: LibraryEvent): void {
    const { local } = this.server;
    const change = libraryChangeOf(event);
    if (change && isPublicEvent(event)) this.emit(LIBRARY, 'library.changed', change);
    if (!('songId' in event)) return;
    for (const reading of this.readings) if (reading.songId === event.songId) reading.outdated = true;
    const { type, ...facts } = event;
    const song = songRoom(event.songId);
    // Late progress is worthless, so it may be dropped for slow clients.
    if (type === 'song.processing' && event.state === 'TRANSCODING' && event.percent > 0)
      local.to(song).volatile.emit(type, facts);
    else this.emit(song, type, facts);
    if (type === 'song.removed') local.in(song).socketsLeave(song);
  }

  /**
   * Emits to this process's members of one of its Socket.io rooms, closing sockets that do not read: they cost
   * memory.
   */
  private emit(target: string, event: string, data: object): void {
    for (const id of this.server.sockets.adapter.rooms.get(target) ?? []) {
      const socket = this.server.sockets.sockets.get(id);
      if (socket) this.admission.dropUnlessReading(socket);
    }
    this.server.local.to(target).emit(event, data);
  }

  /** Events may have been lost: followers of a song get its current state, those of the library must read it again. */
  private async missed(at: string): Promise<void> {
    // The second name is deprecated and will be removed with the next release.
    for (const name of ['events.missed', 'news.missed']) this.emit(LIBRARY, name, { at });
    for (const name of Array.from(this.server.sockets.adapter.rooms.keys())) {
      if (!name.startsWith('song:')) continue;
      const songId = name.slice('song:'.length);
      try {
        this.emit(name, 'song', await this.present(songId));
      } catch (error) {
        if (error instanceof NotFoundError) this.emitToRooms({ type: 'song.removed', songId, at });
        // The clients reconnect, follow again and get the current state.
        else this.server.local.in(name).disconnectSockets(true);
      }
    }
  }

  /** The current state, read after all events of the song that were emitted. Throws NotFoundError. */
  private async present(songId: string): Promise<object> {
    const reading: Reading = { songId, outdated: false };
    this.readings.add(reading);
    try {
      for (;;) {
        reading.outdated = false;
        const { song } = await this.looks.now(songId);
        if (!song) throw new NotFoundError('Song', songId);
        if (!reading.outdated) return toSongState(song);
      }
    } finally {
      this.readings.delete(reading);
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
