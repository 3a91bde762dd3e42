import { TooComplexError } from '../audio-errors.js';

/**
 * More entries than any honest file's tags and chapters have. ffmpeg keeps them in a list that it searches for each:
 * 200,000 ID3 frames kept ffprobe 5.1.9 busy for 31 s, 5,000 take a fiftieth of a second.
 */
export const MOST_TAGS = 5_000;

/** Counts what a file says of itself, and ends the counting where it is too much. */
export class TagBudget {
  private spent = 0;

  /** Throws TooComplexError when the file has too many. */
  spend(entries = 1): void {
    this.spent += entries;
    if (this.spent > MOST_TAGS) throw new TooComplexError();
  }
}
