import type { Status } from './player-state.js';

/**
 * What is played on the two decks, as a state machine without audio elements. `transition` decides which event matters
 * now; TrackPlayer acts on those that do.
 *
 *                    open, to play later              open, to play
 *     UNLOADED ◄────────────────────────── any ─────────────────────► FETCHING ──error──► FAILED
 *                                           │                            │ sources
 *                                           │ open without a track   ┌───┴────────────┐
 *                                           ▼                        ▼                ▼
 *                                         EMPTY                  ADAPTIVE ─failed─► ORIGINAL ─failed─► FAILED
 *                                                                    ▲                │
 *                                                                    └─HLS published──┘
 *
 * A track that the spare deck has preloaded is opened as ADAPTIVE or ORIGINAL at once.
 *
 * Answers of the server and of the decks arrive late, when the listener may have moved on. Those about the current
 * track carry the number of the request that opened it, those about the next track its key: an answer to an earlier
 * request, or about a track that no longer comes next, is no transition.
 */
export interface PlaybackState {
  readonly phase: Phase;
  /** Incremented by every OPEN. */
  readonly request: number;
  /** Queue entry of the current track; null while there is none. */
  readonly key: string | null;
  /** Whether the listener wants sound, also while the track is loading. */
  readonly isWanted: boolean;
  readonly spare: Spare;
}

/** Which version of a song a deck plays. */
export type Version = 'ADAPTIVE' | 'ORIGINAL';

/** With `FETCHING` the sources of the track are on their way, with a version the deck has it. */
export type Phase = 'EMPTY' | 'UNLOADED' | 'FETCHING' | Version | 'FAILED';

/** The use of the spare deck. `version` is null until the sources of the next track are there. */
export type Spare =
  | { readonly use: 'NONE' }
  | { readonly use: 'NEXT_TRACK'; readonly key: string; readonly version: Version | null }
  | { readonly use: 'HLS' };

export type PlaybackEvent =
  /** Another track, or the same one anew, from `at` seconds; or none. */
  | { type: 'OPEN'; key: string | null; at: number; play: boolean }
  | { type: 'PLAY' }
  | { type: 'PAUSE' }
  /** The sources of the current track are there, and the deck begins to load this version. */
  | { type: 'SOURCES'; request: number; version: Version }
  /** The deck could play. */
  | { type: 'LOADED'; request: number }
  | { type: 'ADAPTIVE_FAILED' }
  /** Nothing is left to try. */
  | { type: 'FAILED'; request: number }
  /** The song that plays as the original is published by now; the spare deck loads HLS; that could play. */
  | { type: 'HLS_PUBLISHED'; request: number }
  | { type: 'HLS_SOURCES'; request: number }
  | { type: 'HLS_PLAYABLE'; request: number }
  /** The next track is to be preloaded; its sources are there; it could not be preloaded; it no longer comes next. */
  | { type: 'PREPARE'; key: string }
  | { type: 'NEXT_SOURCES'; key: string; version: Version }
  | { type: 'NEXT_FAILED'; key: string }
  | { type: 'UNPREPARE' }
  /** Playback on the spare deck failed. */
  | { type: 'SPARE_FAILED' };

const UNUSED: Spare = { use: 'NONE' };

export const INITIAL: PlaybackState = { phase: 'EMPTY', request: 0, key: null, isWanted: false, spare: UNUSED };

/** Whether the deck has the current track. */
export const isLoaded = ({ phase }: PlaybackState): boolean => phase === 'ADAPTIVE' || phase === 'ORIGINAL';

/** What the listener sees. `isMoving`: the audio element advances. */
export function statusOf(state: PlaybackState, isMoving: boolean): Status {
  if (state.phase === 'EMPTY') return 'idle';
  if (state.phase === 'FAILED') return 'failed';
  if (isLoaded(state) && isMoving) return 'playing';
  return state.isWanted ? 'loading' : 'paused';
}

/** The version that the spare deck has of this track, to be played from its beginning; null if it does not have it. */
export const preloadedVersion = ({ spare }: PlaybackState, key: string | null, at: number): Version | null =>
  spare.use === 'NEXT_TRACK' && spare.key === key && at === 0 ? spare.version : null;

/** The state to which the event leads; null if the event comes too late, or does not matter in this state. */
export function transition(state: PlaybackState, event: PlaybackEvent): PlaybackState | null {
  if ('request' in event && event.request !== state.request) return null;
  const { phase, spare } = state;
  switch (event.type) {
    case 'OPEN':
      return opened(state, event.key, event.at, event.play);
    case 'PLAY':
      return isLoaded(state) ? { ...state, isWanted: true } : null;
    case 'PAUSE':
      return { ...state, isWanted: false };
    case 'SOURCES':
      return phase === 'FETCHING' ? { ...state, phase: event.version } : null;
    case 'LOADED':
      return isLoaded(state) ? state : null;
    case 'ADAPTIVE_FAILED':
      return phase === 'ADAPTIVE' ? { ...state, phase: 'ORIGINAL' } : null;
    case 'FAILED':
      return { ...state, phase: 'FAILED', isWanted: false };
    case 'HLS_PUBLISHED':
      return phase === 'ORIGINAL' ? state : null;
    case 'HLS_SOURCES':
      return phase === 'ORIGINAL' ? { ...state, spare: { use: 'HLS' } } : null;
    case 'HLS_PLAYABLE':
      return phase === 'ORIGINAL' && spare.use === 'HLS' ? { ...state, phase: 'ADAPTIVE', spare: UNUSED } : null;
    case 'PREPARE':
      if (event.key === state.key || (spare.use === 'NEXT_TRACK' && spare.key === event.key)) return null;
      return { ...state, spare: { use: 'NEXT_TRACK', key: event.key, version: null } };
    case 'NEXT_SOURCES':
      if (!isNext(spare, event.key) || spare.version) return null;
      return { ...state, spare: { ...spare, version: event.version } };
    case 'NEXT_FAILED':
      return isNext(spare, event.key) ? { ...state, spare: UNUSED } : null;
    case 'UNPREPARE':
      return spare.use === 'NEXT_TRACK' ? { ...state, spare: UNUSED } : null;
    case 'SPARE_FAILED':
      return { ...state, spare: UNUSED };
  }
}

function opened(state: PlaybackState, key: string | null, at: number, play: boolean): PlaybackState {
  const loading: Phase = key === null ? 'EMPTY' : play ? 'FETCHING' : 'UNLOADED';
  return {
    phase: preloadedVersion(state, key, at) ?? loading,
    request: state.request + 1,
    key,
    isWanted: play && key !== null,
    spare: UNUSED,
  };
}

const isNext = (spare: Spare, key: string): spare is Spare & { use: 'NEXT_TRACK' } =>
  spare.use === 'NEXT_TRACK' && spare.key === key;
