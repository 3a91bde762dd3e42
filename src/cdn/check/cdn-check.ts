import type { CdnFacts, CdnReport } from './cdn-facts.js';
import { CdnReader } from './cdn-reader.js';
import { isBelow, cdnObjectsOf, segmentsOf, type CdnSong } from './cdn-song.js';
import { summarise } from './cdn-checks.js';

export interface CdnCheckOptions {
  /** What is not below it is not delivered by the CDN and not read; absent: everything is read. */
  cdnBaseUrl?: string;
  /** Whose player asks. */
  origin: string;
  /** One quality, one picture, few tries: at most FEW_REQUESTS. */
  few: boolean;
}

/** Six kinds three times at most, two of them in part as well, one looked at first; what is not there or has no ticket twice. */
export const FEW_REQUESTS = 25;

export interface CdnCheck {
  report: CdnReport;
  read: CdnFacts[];
}

/** Reads a song through its public URLs, object after object, and says what is wrong. */
export async function checkCdn(song: CdnSong, options: CdnCheckOptions): Promise<CdnCheck> {
  const { cdnBaseUrl, origin, few } = options;
  const reader = new CdnReader(origin, few ? 3 : 4);
  const read: CdnFacts[] = [];
  for (const object of cdnObjectsOf(song, few).filter(({ url }) => isBelow(url, cdnBaseUrl))) {
    const { facts, body } = await reader.read(object);
    read.push(facts);
    if (object.kind !== 'playlist' || facts.again?.status !== 200) continue;
    for (const segment of segmentsOf(body.toString(), object.url, object.label, few))
      read.push((await reader.read(segment)).facts);
  }
  return { report: summarise(song.song.id, read, reader.requests), read };
}
