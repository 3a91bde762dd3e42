import type { CheckRound } from './check-round.schema.js';
import type { LostCounts } from './lost-media-list.service.js';

/** Advice for the operator on the findings of the self-check, one sentence each. */
export function adviceOn(
  round: Pick<CheckRound, 'halted' | 'emptyStore'> | null,
  missing: LostCounts,
  remakes: number,
): string[] {
  const advice: string[] = [];
  if (round?.emptyStore)
    advice.push(
      `Nothing of what was looked for is in the store "${round.emptyStore}": see that its volume is mounted, or its bucket the right one. Nothing is made again until something is found.`,
    );
  else if (round?.halted)
    advice.push(
      `More songs lack files than are made again by themselves in a round (SELF_CHECK_REMAKES=${remakes}): see that the media store is whole and the right one. If the files are gone, raise SELF_CHECK_REMAKES.`,
    );
  else if (missing.generation > 0)
    advice.push(
      `${count(missing.generation, 'HLS package')} cannot be found or ${missing.generation === 1 ? 'is' : 'are'} not whole: what has its original is made again by itself; of what has none restore the media from the backup, or upload it again.`,
    );
  if (missing.original > 0)
    advice.push(
      `${count(missing.original, 'original')} cannot be found or ${missing.original === 1 ? 'is' : 'are'} not whole: restore them from the backup, or replace the audio of these songs.`,
    );
  if (missing.cover > 0)
    advice.push(
      `${count(missing.cover, 'cover')} cannot be found: restore them from the backup, or upload them again.`,
    );
  return advice;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
