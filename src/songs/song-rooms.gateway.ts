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
import { DomainError, NotFoundError } from '../common/domain-error.js';
import { checkedId } from '../common/object-id.js';
import { Metrics } from '../metrics/metrics.js';
import { NewsWire, type News, type NewsStream } from '../realtime/news.js';
import { SessionWatch, type Watched } from '../realtime/session-watch.js';
import { libraryChangeOf } from './library-change.js';
import { stateOf } from './song-news.js';
import { SongsService } from './songs.service.js';

/** Songs one socket may follow at once. */
const MAX_FOLLOWED = 200;
/** Packets a socket may leave unread before it is let go; it gets the present state when it comes back. */
const MAX_UNREAD = 500;
const LIBRARY = 'library';
const roomOf = (songId: string): string => `song:${songId}`;

interface Reading {
  songId: string;
  outdated: boolean;
}

/**
 * News for Socket.io: a room per song and one for the library. The wire brings every news to every process, and each
 * tells its own sockets only (`local`); sent through the Redis adapter, too, it would arrive once per process.
 */
@WebSocketGateway()
export class SongRoomsGateway implements OnGatewayInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  @WebSocketServer()
  private readonly server: Server;

  private readonly logger = new Logger(SongRoomsGateway.name);
  private readonly readings = new Set<Reading>();
  private news?: NewsStream;

  constructor(
    private readonly wire: NewsWire,
    private readonly songs: SongsService,
    private readonly sessions: SessionWatch,
    private readonly metrics: Metrics,
  ) {}

  /** A token is not needed, for songs are public; one that is sent must be good. */
  afterInit(server: Server): void {
    server.use((socket, next) => {
      const watched: Watched = { close: () => socket.disconnect(true) };
      // Not "disconnect": a socket that goes away while we ask never had a connection to lose.
      socket.conn.once('close', () => this.sessions.leave(watched));
      socket.on('disconnect', () => this.sessions.leave(watched));
      socket.use((_packet, proceed) => (this.dropUnlessReading(socket) ? undefined : proceed()));
      this.sessions.admit(watched, authorizationOf(socket)).then(
        () => {
          if (socket.conn.readyState !== 'open') this.sessions.leave(watched);
          next();
        },
        (error: Error) => next(asConnectError(error)),
      );
    });
    this.metrics.observeSockets('socketio', () => server.engine.clientsCount);
  }

  onApplicationBootstrap(): void {
    this.news = this.wire.hear(() => true);
    void this.pass(this.news);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.news?.return();
  }

  /** `follow { songId }`: the answer is `song` with the present state, then news of it; or `refused`. */
  @SubscribeMessage('follow')
  async follow(@ConnectedSocket() socket: Socket, @MessageBody() body: unknown): Promise<object | void> {
    try {
      const songId = checkedId('Song', songIdOf(body));
      if (socket.rooms.size > MAX_FOLLOWED)
        return refused('TOO_MANY_SONGS', `One socket follows at most ${MAX_FOLLOWED} songs.`);
      // Joined first, read second: what happens in between is told, and outdates what was read.
      await socket.join(roomOf(songId));
      return { event: 'song', data: await this.present(songId) };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      await socket.leave(roomOf(songIdOf(body)));
      return refused(error.code, error.message);
    }
  }

  @SubscribeMessage('unfollow')
  async unfollow(@ConnectedSocket() socket: Socket, @MessageBody() body: unknown): Promise<void> {
    await socket.leave(roomOf(songIdOf(body)));
  }

  /** `library`: the answer is `library`, then `library.changed` for whatever happens from there on. */
  @SubscribeMessage(LIBRARY)
  async library(@ConnectedSocket() socket: Socket): Promise<object> {
    await socket.join(LIBRARY);
    return { event: LIBRARY, data: { at: new Date().toISOString() } };
  }

  private async pass(news: NewsStream): Promise<void> {
    for await (const told of news) {
      try {
        this.tell(told);
        if (told.type === 'news.missed') await this.tellAgain(told.at);
      } catch (error) {
        this.logger.warn(`news ${told.type} not told to sockets: ${(error as Error).message}`);
      }
    }
  }

  private tell(news: News): void {
    const { local } = this.server;
    const change = libraryChangeOf(news);
    if (change) this.emit(LIBRARY, 'library.changed', change);
    if (!('songId' in news)) return;
    for (const reading of this.readings) if (reading.songId === news.songId) reading.outdated = true;
    const { type, ...facts } = news;
    const room = roomOf(news.songId);
    // Progress not read in time is worth nothing.
    if (type === 'song.processing' && news.state === 'TRANSCODING' && news.percent > 0)
      local.to(room).volatile.emit(type, facts);
    else this.emit(room, type, facts);
    if (type === 'song.removed') local.in(room).socketsLeave(room);
  }

  /** Everybody in the room of this process, save those who stopped reading: memory must not be theirs. */
  private emit(room: string, event: string, data: object): void {
    for (const id of this.server.sockets.adapter.rooms.get(room) ?? []) {
      const socket = this.server.sockets.sockets.get(id);
      if (socket) this.dropUnlessReading(socket);
    }
    this.server.local.to(room).emit(event, data);
  }

  /** Answers pile up as news does. Whether the socket was let go. */
  private dropUnlessReading(socket: Socket): boolean {
    const { writeBuffer } = socket.conn as unknown as { writeBuffer: unknown[] };
    if (writeBuffer.length <= MAX_UNREAD) return false;
    socket.disconnect(true);
    return true;
  }

  private async tellAgain(at: string): Promise<void> {
    for (const room of [...this.server.sockets.adapter.rooms.keys()]) {
      if (!room.startsWith('song:')) continue;
      const songId = room.slice('song:'.length);
      try {
        this.emit(room, 'song', await this.present(songId));
      } catch (error) {
        if (error instanceof NotFoundError) this.tell({ type: 'song.removed', songId, at });
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
        const song = await this.songs.get(songId);
        if (!reading.outdated) return stateOf(song);
      }
    } finally {
      this.readings.delete(reading);
    }
  }
}

/** `auth: { token }`, as Socket.io's clients have it. */
function authorizationOf({ handshake }: Socket): string | undefined {
  const { token } = handshake.auth as { token?: unknown };
  if (token === undefined || token === null || token === '') return undefined;
  return `Bearer ${typeof token === 'string' ? token : ''}`;
}

function songIdOf(body: unknown): string {
  const { songId } = (body ?? {}) as { songId?: unknown };
  return typeof songId === 'string' ? songId : '';
}

function refused(code: string, message: string): object {
  return { event: 'refused', data: { code, message } };
}

/** Socket.io hands `data` to the client's `connect_error`. */
function asConnectError(error: Error): Error {
  const named = error instanceof DomainError ? error : undefined;
  return Object.assign(new Error(named?.message ?? 'Try again later.'), {
    data: { code: named?.code ?? 'UNAVAILABLE' },
  });
}
