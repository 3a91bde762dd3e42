import { TooComplexError } from '../audio-errors.js';

/**
 * More entries than the tags and chapters of any valid file. ffmpeg searches its list of entries for each new one:
 * 200,000 ID3 frames kept ffprobe 5.1.9 busy for 31 s, 5,000 take a fiftieth of a second.
 */
export const MOST_TAGS = 5_000;

/** Counts the entries of a file and stops at the limit. */
export class TagBudget {
  private spent = 0;

  /** Throws TooComplexError when the file has too many. */
  spend(entries = 1): void {
    this.spent += entries;
    if (this.spent > MOST_TAGS) throw new TooComplexError();
  }
}
