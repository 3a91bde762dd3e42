/** What happens to songs and the library, as every process may hear it. Ids and small facts only, never documents. */
export type LibraryEvent =
  | { type: 'song.uploaded'; songId: string; at: string }
  | { type: 'song.processing'; songId: string; at: string; state: string; percent: number; attempt: number }
  | { type: 'song.ready'; songId: string; at: string; generation: string }
  | { type: 'song.failed'; songId: string; at: string; code: string; message: string; retryable: boolean }
  | { type: 'song.changed'; songId: string; at: string }
  | { type: 'song.removed'; songId: string; at: string }
  /** `isPublic`: whether listeners may see the album, or might before. `newTracks`: songs may be seen on it that were not. */
  | { type: 'album.changed'; albumId: string; at: string; isPublic: boolean; newTracks?: boolean }
  | { type: 'album.removed'; albumId: string; at: string; isPublic: boolean }
  /** Other news may have been lost: whoever shows a state should read it again. */
  | { type: 'events.missed'; at: string };

/** News before the wire has stamped it. */
export type NewEvent<N extends LibraryEvent = LibraryEvent> = N extends LibraryEvent ? Omit<N, 'at'> : never;

/** News of one consumer; `return` ends it at once, also while it waits. */
export interface EventStream extends AsyncIterableIterator<LibraryEvent, undefined> {
  return(): Promise<IteratorResult<LibraryEvent, undefined>>;
}

/** Tells and hears news. The abstract class is the token; realtime.module.ts provides it. */
export abstract class EventBus {
  /** Reaches every process that listens now. Never rejects: news is a courtesy, the database is the truth. */
  abstract publish(news: NewEvent): Promise<void>;
  /**
   * News from whatever process, in the order it arrives; ends when the consumer returns. A consumer too slow for its
   * buffer gets `events.missed` in place of what did not fit; one that does not accept `events.missed` is ended.
   */
  abstract subscribe(accept: (news: LibraryEvent) => boolean): EventStream;
}
