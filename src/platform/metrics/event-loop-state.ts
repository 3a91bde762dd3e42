/** Maximum bytes of the running operation's name. */
const TEXT_BYTES = 200;
const WORDS = 4;
/** Indexes in the shared memory. */
const BEATS = 0;
const BLOCKED_MS = 1;
const BLOCKS = 2;
const TEXT_LENGTH = 3;

/** Memory shared by the event loop and the thread that watches it. Neither waits for the other. */
export class EventLoopState {
  private readonly words: Int32Array;
  private readonly text: Uint8Array;

  constructor(readonly memory = new SharedArrayBuffer(WORDS * 4 + TEXT_BYTES)) {
    this.words = new Int32Array(memory, 0, WORDS);
    this.text = new Uint8Array(memory, WORDS * 4);
  }

  beat(): void {
    Atomics.add(this.words, BEATS, 1);
  }

  get beats(): number {
    return Atomics.load(this.words, BEATS);
  }

  /** The operation that began last; empty when none with a name is running. */
  set running(name: string) {
    const { written } = new TextEncoder().encodeInto(name, this.text);
    Atomics.store(this.words, TEXT_LENGTH, written);
  }

  get running(): string {
    const length = Atomics.load(this.words, TEXT_LENGTH);
    return new TextDecoder().decode(Uint8Array.from(this.text.subarray(0, length)));
  }

  /** The loop has been blocked for `ms` more milliseconds; `anew`: a new block has begun. */
  blocked(ms: number, anew: boolean): void {
    Atomics.add(this.words, BLOCKED_MS, Math.round(ms));
    if (anew) Atomics.add(this.words, BLOCKS, 1);
  }

  get blockedSeconds(): number {
    return Atomics.load(this.words, BLOCKED_MS) / 1000;
  }

  get blocks(): number {
    return Atomics.load(this.words, BLOCKS);
  }
}
