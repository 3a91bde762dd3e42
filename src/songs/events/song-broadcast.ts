import type { Server } from 'socket.io';
import type { LibraryEvent } from '../../events/event-bus.js';
import { emitToReaders, emitUnlessBehind } from '../../events/slow-sockets.js';
import { NotFoundError } from '../../platform/errors/domain-error.js';
import { isPublicEvent, libraryChangeOf } from './library-change.js';
import { toSongState } from './song-events.js';
import type { SongLooks } from './song-looks.service.js';

/** The Socket.io room of those who follow the library. */
export const LIBRARY = 'library';
const SONG = 'song:';
/** The Socket.io room of those who follow a song. */
export const songRoom = (songId: string): string => `${SONG}${songId}`;

type SongEvent = Extract<LibraryEvent, { songId: string }>;

/**
 * Emits events to Socket.io rooms: one per song and one for the library. The event bus brings every event to every
 * process, and each emits it to its own sockets only (`local`); through the Redis adapter it would arrive once per
 * process.
 */
export class SongBroadcast {
  constructor(
    private readonly server: Server,
    private readonly looks: SongLooks,
  ) {}

  /** Resolves when the event, and what follows from it, is emitted. */
  async emit(event: LibraryEvent): Promise<void> {
    this.emitToRooms(event);
    if (event.type === 'events.missed') await this.replaceMissed(event.at);
  }

  private emitToRooms(event: LibraryEvent): void {
    const change = libraryChangeOf(event);
    if (change && isPublicEvent(event)) emitToReaders(this.server, LIBRARY, 'library.changed', change);
    if ('songId' in event) this.emitToFollowers(event);
  }

  private emitToFollowers(event: SongEvent): void {
    const { type, ...facts } = event;
    const followers = songRoom(event.songId);
    this.looks.emitting(event.songId);
    if (isMereProgress(event)) emitUnlessBehind(this.server, followers, type, facts);
    else emitToReaders(this.server, followers, type, facts);
    if (type === 'song.removed') this.server.local.in(followers).socketsLeave(followers);
  }

  /** Events may have been lost: followers of a song get its current state, those of the library must read it again. */
  private async replaceMissed(at: string): Promise<void> {
    // The second name is deprecated and will be removed with the next release.
    for (const name of ['events.missed', 'news.missed']) emitToReaders(this.server, LIBRARY, name, { at });
    for (const songId of this.followedSongs()) await this.emitState(songId, at);
  }

  private followedSongs(): string[] {
    return Array.from(this.server.sockets.adapter.rooms.keys())
      .filter((name) => name.startsWith(SONG))
      .map((name) => name.slice(SONG.length));
  }

  private async emitState(songId: string, at: string): Promise<void> {
    const followers = songRoom(songId);
    try {
      const song = await this.looks.afterEvents(songId);
      this.looks.emitting(songId);
      emitToReaders(this.server, followers, 'song', toSongState(song));
    } catch (error) {
      if (error instanceof NotFoundError) this.emitToRooms({ type: 'song.removed', songId, at });
      // The clients reconnect, follow again and get the current state.
      else this.server.local.in(followers).disconnectSockets(true);
    }
  }
}

/** Progress of a run, which the next one makes worthless; not its beginning, which changes the state. */
function isMereProgress(event: SongEvent): boolean {
  return event.type === 'song.processing' && event.state === 'TRANSCODING' && event.percent > 0;
}
