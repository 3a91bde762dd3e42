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

/** A play counts after 30 s. It is reported then and every minute after, so that little is lost if the page closes. */
const FIRST_SECONDS = 30;
const AGAIN_SECONDS = 60;

/** Reports to the server how many seconds of a play were heard, independent of the position. */
export class PlayReport {
  private readonly playId = randomId();
  private heard = 0;
  private reported = 0;
  private lastPosition: number | undefined;

  constructor(private readonly songId: string) {}

  /** Called with every `timeupdate`. Seeking does not count as listening. */
  at(position: number): void {
    const passed = this.lastPosition === undefined ? 0 : position - this.lastPosition;
    this.lastPosition = position;
    if (passed > 0 && passed < 2) this.heard += passed;
    const due = this.reported === 0 ? FIRST_SECONDS : this.reported + AGAIN_SECONDS;
    if (this.heard >= due) this.send();
  }

  /** The final report: the song has ended or was skipped, or the page closes. */
  end(): void {
    if (this.heard >= 1 && this.heard > this.reported) this.send();
  }

  private send(): void {
    this.reported = this.heard;
    // A lost report is not an error: the next one includes its seconds.
    void ask(RECORD, { songId: this.songId, playId: this.playId, seconds: Math.round(this.heard * 10) / 10 }).catch(
      () => undefined,
    );
  }
}
