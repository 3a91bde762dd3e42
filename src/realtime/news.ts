/** What happens to songs and the library, as every process may hear it. Ids and small facts only, never documents. */
export type News =
  | { type: 'song.uploaded'; songId: string; at: string }
  | { type: 'song.processing'; songId: string; at: string; state: string; percent: number; attempt: number }
  | { type: 'song.ready'; songId: string; at: string; generation: string }
  | { type: 'song.failed'; songId: string; at: string; code: string; message: string; retryable: boolean }
  | { type: 'song.changed'; songId: string; at: string }
  | { type: 'song.removed'; songId: string; at: string }
  | { type: 'album.changed'; albumId: string; at: string }
  | { type: 'album.removed'; albumId: string; at: string };

/** News before the wire has stamped it. */
export type Untold<N extends News = News> = N extends News ? Omit<N, 'at'> : never;

/** Tells and hears news. The abstract class is the token; realtime.module.ts provides it. */
export abstract class NewsWire {
  /** Reaches every process that listens now. Never rejects: news is a courtesy, the database is the truth. */
  abstract tell(news: Untold): Promise<void>;
  /** News from whatever process, in the order it arrives; ends when the consumer returns. */
  abstract hear(accept: (news: News) => boolean): AsyncIterableIterator<News>;
}
