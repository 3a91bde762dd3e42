import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { randomId } from './random-id.js';

const RECORD = graphql(`
  mutation RecordPlay($songId: ID!, $playId: ID!, $seconds: Float!) {
    recordPlay(songId: $songId, playId: $playId, seconds: $seconds) {
      id
    }
  }
`);

/** A play counts after 30 s; telling at once then, and every minute after, loses little if the page is closed. */
const FIRST_SECONDS = 30;
const AGAIN_SECONDS = 60;

/** Tells the server how much of one play was heard: what sounded, not where the needle is. */
export class PlayReport {
  private readonly playId = randomId();
  private heard = 0;
  private told = 0;
  private lastPosition: number | undefined;

  constructor(private readonly songId: string) {}

  /** With every `timeupdate`. A seek is no listening. */
  at(position: number): void {
    const passed = this.lastPosition === undefined ? 0 : position - this.lastPosition;
    this.lastPosition = position;
    if (passed > 0 && passed < 2) this.heard += passed;
    const due = this.told === 0 ? FIRST_SECONDS : this.told + AGAIN_SECONDS;
    if (this.heard >= due) this.tell();
  }

  /** The last word on it: the song ended, was skipped, or the page closes. */
  end(): void {
    if (this.heard >= 1 && this.heard > this.told) this.tell();
  }

  private tell(): void {
    this.told = this.heard;
    // One that is lost costs a number, never the music; the next one carries it along.
    void ask(RECORD, { songId: this.songId, playId: this.playId, seconds: Math.round(this.heard * 10) / 10 }).catch(
      () => undefined,
    );
  }
}
