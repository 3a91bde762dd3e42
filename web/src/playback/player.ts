import type { Normalisation } from './loudness.js';
import type { Clock, PlayerState } from './player-state.js';
import * as queues from './queue.js';
import type { Queue, Repeat } from './queue.js';
import { randomId } from './random-id.js';
import { recall, remember } from './remembered.js';
import { forgetSources } from './sources.js';
import { Store } from './store.js';
import type { Track } from './track.js';
import { Turntables } from './turntables.js';

/** How long before the end the next song is made ready. */
const PREPARE_SECONDS = 25;
/** Pressing "previous" later than this goes back to the beginning of the song instead. */
const RESTART_SECONDS = 3;
const REMEMBER_MS = 5_000;
/** Nobody can seek to the very end: there the song would be over before they let go. */
const END_SECONDS = 0.25;

/** Plays a queue. Knows nothing of the page; whoever shows it watches `state` and `clock`. */
export class Player {
  readonly state: Store<PlayerState>;
  readonly clock: Store<Clock>;
  private readonly tables: Turntables;
  private rememberedAt = 0;

  constructor() {
    const { queue, position, volume, normalisation, quality } = recall();
    this.state = new Store<PlayerState>({
      ...{ queue, volume, normalisation, quality, muted: false },
      status: queue.entries.length ? 'paused' : 'idle',
      ...{ sounding: null, bandwidthKbps: null, sources: null, error: null },
    });
    const duration = queues.current(queue)?.track.durationSeconds ?? 0;
    this.clock = new Store<Clock>({ position, duration, bufferedTo: 0 });
    this.tables = new Turntables(this.state, this.clock, {
      onEnded: () => this.ended(),
      onMoved: () => this.moved(),
    });
    addEventListener('pagehide', () => {
      this.tables.leave();
      this.rememberNow();
    });
  }

  playTracks(tracks: readonly Track[], at = 0): void {
    this.change(queues.start(this.queue, queues.entriesOf(tracks, randomId), at, Math.random));
    this.open(0, true);
  }

  addTracks(tracks: readonly Track[], where: 'next' | 'end'): void {
    const wasEmpty = this.queue.index < 0;
    this.change(queues.add(this.queue, queues.entriesOf(tracks, randomId), where));
    if (wasEmpty) this.open(0, false);
    else this.tables.unprepare();
  }

  toggle(): void {
    if (this.tables.isWanted) this.pause();
    else this.play();
  }

  play(): void {
    const entry = queues.current(this.queue);
    if (entry && !this.tables.resume(entry.key)) this.open(this.clock.get().position, true);
  }

  /** Tries again what did not sound, from where it was, at the addresses of this moment. */
  retry(): void {
    const entry = queues.current(this.queue);
    if (!entry) return;
    forgetSources(entry.track.id);
    this.open(this.clock.get().position, true);
  }

  pause(): void {
    this.tables.pause();
    this.rememberNow();
  }

  seek(seconds: number): void {
    const last = Math.max(0, this.clock.get().duration - END_SECONDS);
    const position = Math.max(0, Math.min(seconds, last));
    this.clock.set({ position });
    this.tables.seek(position);
  }

  next(): void {
    this.jump(queues.nextIndex(this.queue, false));
  }

  previous(): void {
    if (this.clock.get().position > RESTART_SECONDS) return this.seek(0);
    this.jump(queues.previousIndex(this.queue));
  }

  /** Plays the entry at this place of the queue; behind its end the queue is over and its first song lies ready. */
  jump(index: number): void {
    const isOver = index < 0;
    this.change({ ...this.queue, index: isOver ? Math.min(0, this.queue.entries.length - 1) : index });
    this.open(0, !isOver);
  }

  removeEntry(key: string): void {
    const wasCurrent = queues.current(this.queue)?.key === key;
    this.change(queues.remove(this.queue, key));
    if (wasCurrent) this.open(0, this.tables.isWanted);
    else this.tables.unprepare();
  }

  moveEntry(key: string, to: number): void {
    this.change(queues.move(this.queue, key, to));
    this.tables.unprepare();
  }

  clearQueue(): void {
    this.change({ ...this.queue, entries: [], index: -1, unshuffled: this.queue.unshuffled && [] });
    this.open(0, false);
  }

  setRepeat(repeat: Repeat): void {
    this.change({ ...this.queue, repeat });
    this.tables.unprepare();
  }

  setShuffle(on: boolean): void {
    this.change(on ? queues.shuffle(this.queue, Math.random) : queues.unshuffle(this.queue));
    this.tables.unprepare();
  }

  setVolume(volume: number): void {
    this.state.set({ volume: Math.max(0, Math.min(1, volume)), muted: false });
    this.tables.mix();
  }

  setMuted(muted: boolean): void {
    this.state.set({ muted });
    this.tables.mix();
  }

  setNormalisation(normalisation: Normalisation): void {
    this.state.set({ normalisation });
    this.tables.mix();
  }

  setQuality(quality: string): void {
    this.state.set({ quality });
    this.tables.setQuality(quality);
    this.rememberNow();
  }

  private get queue(): Queue {
    return this.state.get().queue;
  }

  private change(queue: Queue): void {
    this.state.set({ queue });
  }

  private open(at: number, play: boolean): void {
    this.tables.open(queues.current(this.queue), at, play);
    this.rememberNow();
  }

  private ended(): void {
    const next = queues.nextIndex(this.queue, true);
    const entry = this.queue.entries[next];
    if (entry && next === this.queue.index) this.tables.again(entry);
    else this.jump(next);
  }

  private moved(): void {
    const { position, duration } = this.clock.get();
    const next = this.queue.entries[queues.nextIndex(this.queue, true)];
    if (next && this.tables.isWanted && duration - position < PREPARE_SECONDS) this.tables.prepare(next);
    if (Date.now() - this.rememberedAt > REMEMBER_MS) this.rememberNow();
  }

  private rememberNow(): void {
    this.rememberedAt = Date.now();
    const { queue, volume, normalisation, quality } = this.state.get();
    remember({ queue, position: this.clock.get().position, volume, normalisation, quality });
  }
}
