import type { Normalisation } from './loudness.js';
import type { Clock, PlayerState } from './player-state.js';
import * as queues from './queue.js';
import type { Queue, Repeat } from './queue.js';
import { randomId } from './random-id.js';
import { recall, remember } from './remembered.js';
import { forgetSources } from './sources.js';
import { Store } from './store.js';
import type { Track } from './track.js';
import { TrackPlayer } from './track-player.js';

/** Seconds before the end at which the next song is preloaded. */
const PREPARE_SECONDS = 25;
/** After this many seconds, "previous" restarts the song instead. */
const RESTART_SECONDS = 3;
const REMEMBER_MS = 5_000;
/** Seconds before the end to which seeking is limited; at the end the song would be over during the drag. */
const END_SECONDS = 0.25;

/** Plays a queue. It is independent of the page; components observe `state` and `clock`. */
export class Player {
  readonly state: Store<PlayerState>;
  readonly clock: Store<Clock>;
  private readonly tracks: TrackPlayer;
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
    this.tracks = new TrackPlayer(this.state, this.clock, {
      onEnded: () => this.ended(),
      onMoved: () => this.moved(),
    });
    addEventListener('pagehide', () => {
      this.tracks.leave();
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
    else this.tracks.unprepare();
  }

  toggle(): void {
    if (this.tracks.isWanted) this.pause();
    else this.play();
  }

  play(): void {
    const entry = queues.current(this.queue);
    if (entry && !this.tracks.resume(entry.key)) this.open(this.clock.get().position, true);
  }

  /** Retries a failed song from its position, with fresh URLs. */
  retry(): void {
    const entry = queues.current(this.queue);
    if (!entry) return;
    forgetSources(entry.track.id);
    this.open(this.clock.get().position, true);
  }

  pause(): void {
    this.tracks.pause();
    this.rememberNow();
  }

  seek(seconds: number): void {
    const last = Math.max(0, this.clock.get().duration - END_SECONDS);
    const position = Math.max(0, Math.min(seconds, last));
    this.clock.set({ position });
    this.tracks.seek(position);
  }

  next(): void {
    this.jump(queues.nextIndex(this.queue, false));
  }

  previous(): void {
    if (this.clock.get().position > RESTART_SECONDS) return this.seek(0);
    this.jump(queues.previousIndex(this.queue));
  }

  /** Plays the entry at this index. A negative index ends the queue and loads its first song, paused. */
  jump(index: number): void {
    const isOver = index < 0;
    this.change({ ...this.queue, index: isOver ? Math.min(0, this.queue.entries.length - 1) : index });
    this.open(0, !isOver);
  }

  removeEntry(key: string): void {
    const wasCurrent = queues.current(this.queue)?.key === key;
    this.change(queues.remove(this.queue, key));
    if (wasCurrent) this.open(0, this.tracks.isWanted);
    else this.tracks.unprepare();
  }

  moveEntry(key: string, to: number): void {
    this.change(queues.move(this.queue, key, to));
    this.tracks.unprepare();
  }

  clearQueue(): void {
    this.change({ ...this.queue, entries: [], index: -1, unshuffled: this.queue.unshuffled && [] });
    this.open(0, false);
  }

  setRepeat(repeat: Repeat): void {
    this.change({ ...this.queue, repeat });
    this.tracks.unprepare();
  }

  setShuffle(on: boolean): void {
    this.change(on ? queues.shuffle(this.queue, Math.random) : queues.unshuffle(this.queue));
    this.tracks.unprepare();
  }

  setVolume(volume: number): void {
    this.state.set({ volume: Math.max(0, Math.min(1, volume)), muted: false });
    this.tracks.mix();
  }

  setMuted(muted: boolean): void {
    this.state.set({ muted });
    this.tracks.mix();
  }

  setNormalisation(normalisation: Normalisation): void {
    this.state.set({ normalisation });
    this.tracks.mix();
  }

  setQuality(quality: string): void {
    this.state.set({ quality });
    this.tracks.setQuality(quality);
    this.rememberNow();
  }

  private get queue(): Queue {
    return this.state.get().queue;
  }

  private change(queue: Queue): void {
    this.state.set({ queue });
  }

  private open(at: number, play: boolean): void {
    this.tracks.open(queues.current(this.queue), at, play);
    this.rememberNow();
  }

  private ended(): void {
    const next = queues.nextIndex(this.queue, true);
    const entry = this.queue.entries[next];
    if (entry && next === this.queue.index) this.tracks.again(entry);
    else this.jump(next);
  }

  private moved(): void {
    const { position, duration } = this.clock.get();
    const next = this.queue.entries[queues.nextIndex(this.queue, true)];
    if (next && this.tracks.isWanted && duration - position < PREPARE_SECONDS) this.tracks.prepare(next);
    if (Date.now() - this.rememberedAt > REMEMBER_MS) this.rememberNow();
  }

  private rememberNow(): void {
    this.rememberedAt = Date.now();
    const { queue, volume, normalisation, quality } = this.state.get();
    remember({ queue, position: this.clock.get().position, volume, normalisation, quality });
  }
}
