/** A change of a song or the library, as published to all processes. Carries ids and small facts, never documents. */
export type LibraryEvent =
  | { type: 'song.uploaded'; songId: string; at: string }
  | { type: 'song.processing'; songId: string; at: string; state: string; percent: number; attempt: number }
  | { type: 'song.ready'; songId: string; at: string; generation: string }
  | { type: 'song.failed'; songId: string; at: string; code: string; message: string; retryable: boolean }
  | { type: 'song.changed'; songId: string; at: string }
  | { type: 'song.removed'; songId: string; at: string }
  /** `isPublic`: listeners may see the album, or could before. `newTracks`: songs may have been added to it. */
  | { type: 'album.changed'; albumId: string; at: string; isPublic: boolean; newTracks?: boolean }
  | { type: 'album.removed'; albumId: string; at: string; isPublic: boolean }
  /** Events may have been lost: a client that shows a state should read it again. */
  | { type: 'events.missed'; at: string };

/** An event before the bus has added its time. */
export type NewEvent<N extends LibraryEvent = LibraryEvent> = N extends LibraryEvent ? Omit<N, 'at'> : never;

/** The events of one consumer. `return` ends the stream at once, even while `next` is pending. */
export interface EventStream extends AsyncIterableIterator<LibraryEvent, undefined> {
  return(): Promise<IteratorResult<LibraryEvent, undefined>>;
}

/** Publishes events and subscribes to them. The abstract class is the injection token; EventsModule provides it. */
export abstract class EventBus {
  /** Reaches every process that is subscribed now. Never rejects: events are hints, the database is the truth. */
  abstract publish(event: NewEvent): Promise<void>;
  /**
   * Events of all processes in order of arrival, until the consumer returns. A consumer that is too slow for its buffer
   * gets `events.missed` in place of its unread events; if it does not accept `events.missed`, its stream ends.
   */
  abstract subscribe(accept: (event: LibraryEvent) => boolean): EventStream;
}

/** What `body` makes of `events`. `return` also ends a pending wait for events, which a plain generator would not. */
export function mapEvents<T>(events: EventStream, body: AsyncGenerator<T, void>): AsyncIterableIterator<T> {
  return {
    next: () => body.next() as Promise<IteratorResult<T>>,
    async return() {
      await events.return();
      await body.return();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
