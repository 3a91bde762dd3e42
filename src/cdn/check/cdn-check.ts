import type { CdnFacts, CdnReport } from './cdn-facts.js';
import { CdnReader } from './cdn-reader.js';
import { isBelow, cdnObjectsOf, segmentsOf, type CdnSong } from './song-source.js';
import { summarise } from './cdn-checks.js';

export interface CdnCheckOptions {
  /** Only URLs below it are read, because the CDN delivers no others; if absent, every URL is read. */
  cdnBaseUrl?: string;
  /** Origin of the web page whose player is imitated. */
  origin: string;
  /** Limits the check to one quality, one picture and few attempts: at most FEW_REQUESTS requests. */
  few: boolean;
}

/**
 * Upper bound of requests per check with `few`: 6 object kinds × 3 reads, + 2 range reads, + 1 Safari probe, + 2 for
 * the missing object, + 2 for the URL without a ticket.
 */
export const FEW_REQUESTS = 25;

export interface CdnCheck {
  report: CdnReport;
  read: CdnFacts[];
}

/** Reads a song through its public URLs, one object after another, and reports what is wrong. */
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
