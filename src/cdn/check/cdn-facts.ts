import type { AnswerHeaders, CdnName } from './cdn-cache-status.js';

/**
 * Kinds of objects. `missing` is the URL of an object that does not exist, `unticketed` a protected object requested
 * without its ticket, `page` the web page whose player requests the other kinds.
 */
export type CdnObjectKind =
  'master' | 'playlist' | 'segment' | 'original' | 'cover' | 'peaks' | 'missing' | 'unticketed' | 'page';

/** Property of a response that is checked. */
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

/** One response, with at most a part of its body read. */
export interface CdnResponse {
  status: number;
  headers: AnswerHeaders;
  /** Length of the body that was read, after decompression. */
  bytes: number;
}

/** The responses to the requests for one object. */
export interface CdnFacts {
  kind: CdnObjectKind;
  /** Tells objects of the same kind apart, for example "64k first". */
  label: string;
  /** Extension of the file name, with the dot. */
  extension: string;
  /** Accepted Content-Types, the best one first; "audio/*" accepts every audio type. */
  types: readonly string[];
  /** Whether the URL has a ticket (is a signed URL) and therefore expires. */
  ticketed: boolean;
  /** Length according to the database; null if the database does not have it. */
  recordedBytes: number | null;
  /** Response to a request for the first two bytes, which Safari sends before any other; null if it was not sent. */
  probe: CdnResponse | null;
  /** Response to a request without Origin, as <img> and <audio> send it; null if none came. */
  first: CdnResponse | null;
  /** Response to the repeated request, with this Origin, as a player sends it; null if none came. */
  again: CdnResponse | null;
  origin: string;
  /** Response to a Range request; null if none was sent. */
  part: { answer: CdnResponse; asked: number; total: number | null; isRight: boolean } | null;
  /** Why there is no response; null if there is one. */
  failure: string | null;
}

export interface CdnFinding {
  kind: CdnObjectKind;
  label: string;
  aspect: CdnAspect;
  /** Only a failure makes the check fail. */
  level: 'failure' | 'warning';
  /** What is wrong. */
  message: string;
  /** What to change. */
  advice: string;
}

/** Result for one kind, over all objects of that kind that were read. */
export interface KindSummary {
  kind: CdnObjectKind;
  /** Whether listeners get these objects correctly, be it from the cache or from the store. */
  up: boolean;
  /** Whether the cache delivers these objects. */
  cacheable: boolean;
}

/** Result of a check. It is stored in the database and therefore plain data. */
export interface CdnReport {
  songId: string;
  edge: CdnName;
  /** Number of requests sent. */
  requests: number;
  kinds: KindSummary[];
  findings: CdnFinding[];
}
