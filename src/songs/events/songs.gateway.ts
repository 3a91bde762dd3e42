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
import { EventBus, type LibraryEvent, type EventStream } from '../../events/events.js';
import { SocketIoAdmission } from '../../events/socketio-admission.js';
import { isPublicEvent, libraryChangeOf } from './library-change.js';
import { SongLooks } from './song-looks.js';
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
 * News for Socket.io: a room per song and one for the library. The wire brings every news to every process, and each
 * tells its own sockets only (`local`); sent through the Redis adapter, too, it would arrive once per process.
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

  /** `follow { songId }`: the answer is `song` with the present state, then news of it; or `refused`. */
  @SubscribeMessage('follow')
  async follow(@ConnectedSocket() socket: Socket, @MessageBody() body: unknown): Promise<object | void> {
    try {
      const songId = checkedId('Song', songIdOf(body));
      if (socket.rooms.size > MAX_FOLLOWED)
        return refused('TOO_MANY_SONGS', `One socket follows at most ${MAX_FOLLOWED} songs.`);
      // Joined first, read second: what happens in between is told, and outdates what was read.
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

  /** `library`: the answer is `library`, then `library.changed` for whatever happens from there on. */
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
    const room = songRoom(event.songId);
    // Progress not read in time is worth nothing.
    if (type === 'song.processing' && event.state === 'TRANSCODING' && event.percent > 0)
      local.to(room).volatile.emit(type, facts);
    else this.emit(room, type, facts);
    if (type === 'song.removed') local.in(room).socketsLeave(room);
  }

  /** Everybody in the room of this process, save those who stopped reading: memory must not be theirs. */
  private emit(room: string, event: string, data: object): void {
    for (const id of this.server.sockets.adapter.rooms.get(room) ?? []) {
      const socket = this.server.sockets.sockets.get(id);
      if (socket) this.admission.dropUnlessReading(socket);
    }
    this.server.local.to(room).emit(event, data);
  }

  /** Events may have been lost: followers of a song get its present state, those of the library read it again. */
  private async missed(at: string): Promise<void> {
    // The second name is the one of before; clients have until the next release.
    for (const name of ['events.missed', 'news.missed']) this.emit(LIBRARY, name, { at });
    for (const room of [...this.server.sockets.adapter.rooms.keys()]) {
      if (!room.startsWith('song:')) continue;
      const songId = room.slice('song:'.length);
      try {
        this.emit(room, 'song', await this.present(songId));
      } catch (error) {
        if (error instanceof NotFoundError) this.emitToRooms({ type: 'song.removed', songId, at });
        // They come back, follow again and get the present.
        else this.server.local.in(room).disconnectSockets(true);
      }
    }
  }

  /** The present state, read after all news of the song that was told. Throws NotFoundError. */
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
