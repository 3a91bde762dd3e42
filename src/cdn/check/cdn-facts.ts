import type { AnswerHeaders, CdnName } from './cdn-cache-status.js';

/**
 * Kinds of objects; `missing` is none, and `unticketed` a protected one asked for without its ticket. `page` is what the
 * browser shows that asks for the others.
 */
export type CdnObjectKind =
  'master' | 'playlist' | 'segment' | 'original' | 'cover' | 'peaks' | 'missing' | 'unticketed' | 'page';

/** What is looked at. */
export type CdnAspect =
  | 'status'
  | 'type'
  | 'cors'
  | 'cacheable'
  | 'hit'
  | 'ticket'
  | 'range'
  | 'compression'
  | 'cookie'
  | 'length'
  | 'policy';

/** One answer, its body at most in part. */
export interface CdnResponse {
  status: number;
  headers: AnswerHeaders;
  /** Of body that came, unpacked. */
  bytes: number;
}

/** What was read of one object. */
export interface CdnFacts {
  kind: CdnObjectKind;
  /** Which of its kind, such as "64k, first". */
  label: string;
  /** How its file name ends, with the dot. */
  extension: string;
  /** Content-Types that are right, the best first; "audio/*" is any such. */
  types: readonly string[];
  /** Whether its URL has a ticket, and so an end. */
  ticketed: boolean;
  /** Its length as recorded; null when nobody has recorded it. */
  recordedBytes: number | null;
  /** The first two bytes, asked for before anything else, as Safari does; null when they were not. */
  probe: CdnResponse | null;
  /** Read without Origin, as an <img> or <audio> does; null: not even an answer. */
  first: CdnResponse | null;
  /** Read again, with this Origin, as a player does. */
  again: CdnResponse | null;
  origin: string;
  /** A part asked for; null when none was. */
  part: { answer: CdnResponse; asked: number; total: number | null; isRight: boolean } | null;
  /** Why there is no answer. */
  failure: string | null;
}

export interface CdnFinding {
  kind: CdnObjectKind;
  label: string;
  aspect: CdnAspect;
  /** A warning does not make a check fail. */
  level: 'failure' | 'warning';
  /** What is wrong. */
  message: string;
  /** What to change. */
  advice: string;
}

/** How one kind stands, over all objects of it that were read. */
export interface KindSummary {
  kind: CdnObjectKind;
  /** Whether listeners get it as they should, from wherever. */
  up: boolean;
  /** Whether it comes from the cache. */
  cacheable: boolean;
}

/** What a check found; kept in the database, so plain data. */
export interface CdnReport {
  songId: string;
  edge: CdnName;
  /** Requests made. */
  requests: number;
  kinds: KindSummary[];
  findings: CdnFinding[];
}
