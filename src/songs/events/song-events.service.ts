import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../platform/errors/domain-error.js';
import { checkedId } from '../../platform/mongo/object-id.js';
import { EventBus, mapEvents, type LibraryEvent, type EventStream } from '../../events/event-bus.js';
import { AccessScope } from '../../users/access-tokens/access-scope.js';
import { isAdministrator, type Viewer } from '../../users/authorization/viewer.js';
import { isPublicEvent, libraryChangeOf, type LibraryChange } from './library-change.js';
import { SongLooks, type Look } from './song-looks.service.js';
import type { Song } from '../song.schema.js';

type AlbumEvents = Extract<LibraryEvent, { albumId: string }>;

/** Subscriptions to a song and to the library. */
@Injectable()
export class SongEventsService {
  constructor(
    private readonly eventBus: EventBus,
    private readonly looks: SongLooks,
  ) {}

  /**
   * Yields the song now and after every change, until it is removed. An event only says when to read the song again:
   * what is yielded was read from the database after the event, so nothing older follows and a lost event does no
   * harm. Changes of the song's album count, because its title and cover are shown with the song. Throws
   * NotFoundError.
   */
  async watch(id: string, viewer: Viewer | undefined): Promise<AsyncIterableIterator<Song>> {
    const songId = checkedId('Song', id);
    const seesDrafts = isAdministrator(viewer, AccessScope.UPLOAD);
    // Subscribed before reading, so that changes in between are in the buffer.
    const events = this.eventBus.subscribe(
      (event) =>
        event.type === 'events.missed' ||
        isAbout(event, songId) ||
        ('albumId' in event && (seesDrafts || isPublicEvent(event))),
    );
    try {
      const present = await this.looks.now(songId);
      if (!present.song) throw new NotFoundError('Song', songId);
      return mapEvents(events, this.states(songId, events, present));
    } catch (error) {
      await events.return();
      throw error;
    }
  }

  /** Changes of the library from now on. Only administrators get those of draft albums. */
  libraryChanges(viewer: Viewer | undefined): AsyncIterableIterator<LibraryChange> {
    const seesDrafts = isAdministrator(viewer, AccessScope.UPLOAD);
    const events = this.eventBus.subscribe(
      (event) => libraryChangeOf(event) !== null && (seesDrafts || isPublicEvent(event)),
    );
    return mapEvents(events, changes(events));
  }

  private async *states(songId: string, events: EventStream, present: Look): AsyncGenerator<Song, void> {
    let shown = present;
    if (shown.song) yield shown.song;
    for await (const event of events) {
      if (event.type === 'song.removed') return;
      const isOfAlbum = 'albumId' in event;
      if (isOfAlbum && !mayAffect(event, shown)) continue;
      const look = await this.looks.after(event, songId, shown);
      if (!look.song) return;
      const isOfItsAlbum = isOfAlbum && String(look.song.albumId) === event.albumId;
      const isNew = look.version !== shown.version || isOfItsAlbum;
      shown = look;
      if (isNew) yield look.song;
    }
  }
}

async function* changes(events: EventStream): AsyncGenerator<LibraryChange, void> {
  for await (const event of events) {
    const change = libraryChangeOf(event);
    if (change) yield change;
  }
}

/** Whether an album event may change what a subscriber sees of the song, given the last state it was sent. */
function mayAffect(event: AlbumEvents, { song }: Look): boolean {
  return String(song?.albumId) === event.albumId || ('newTracks' in event && event.newTracks === true);
}

function isAbout(event: object, songId: string): boolean {
  return 'songId' in event && event.songId === songId;
}
