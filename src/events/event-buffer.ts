import type { LibraryEvent, EventStream } from './event-bus.js';

/** Events that one consumer may leave unread. */
export const MAX_UNREAD = 1_000;

type Result = IteratorResult<LibraryEvent, undefined>;
const END: Result = { value: undefined, done: true };

/**
 * The unread events of one consumer. The buffer is bounded for slow consumers: progress of a song replaces older
 * progress, and on overflow all unread events are replaced by a single `events.missed`.
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

  /** Replaces unread progress of the same song, if state and attempt are the same. Returns whether it did. */
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
