import type { LibraryEvent, EventStream } from './events.js';

/** News one consumer may leave unread. */
export const MAX_UNREAD = 1_000;

type Result = IteratorResult<LibraryEvent, undefined>;
const END: Result = { value: undefined, done: true };

/**
 * What one consumer has not read yet. A slow consumer costs a bounded buffer: progress of a song overwrites older
 * progress, and what still does not fit is replaced by the one word that some was missed.
 */
export class EventBuffer implements EventStream {
  private unread: LibraryEvent[] = [];
  private readonly readers: ((result: Result) => void)[] = [];
  private ended = false;

  constructor(
    private readonly accept: (event: LibraryEvent) => boolean,
    private readonly onEnd: (queue: EventBuffer) => void,
  ) {}

  push(event: LibraryEvent): void {
    if (this.ended || !this.accept(event)) return;
    const reader = this.readers.shift();
    if (reader) return reader({ value: event, done: false });
    if (this.replacesProgress(event)) return;
    if (this.unread.length >= MAX_UNREAD) return this.overflow(event.at);
    this.unread.push(event);
  }

  next(): Promise<Result> {
    const event = this.unread.shift();
    if (event) return Promise.resolve({ value: event, done: false });
    if (this.ended) return Promise.resolve(END);
    return new Promise((resolve) => this.readers.push(resolve));
  }

  return(): Promise<Result> {
    this.end();
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Only mere progress is overwritten, never a change of state or attempt. */
  private replacesProgress(event: LibraryEvent): boolean {
    if (event.type !== 'song.processing') return false;
    const at = this.unread.findLastIndex((other) => 'songId' in other && other.songId === event.songId);
    const before = this.unread[at];
    if (before?.type !== 'song.processing') return false;
    if (before.state !== event.state || before.attempt !== event.attempt) return false;
    this.unread[at] = event;
    return true;
  }

  private overflow(at: string): void {
    const missed: LibraryEvent = { type: 'events.missed', at };
    if (!this.accept(missed)) return this.end();
    this.unread = [missed];
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.unread = [];
    for (const reader of this.readers.splice(0)) reader(END);
    this.onEnd(this);
  }
}
