import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { INITIAL, preloadedVersion, statusOf, transition, type PlaybackEvent, type PlaybackState } from './playback-state.js';

const open = (key: string | null, at = 0, play = true): PlaybackEvent => ({ type: 'OPEN', key, at, play });

/** The state after these events, each of which must matter. */
const after = (...events: PlaybackEvent[]): PlaybackState =>
  events.reduce<PlaybackState>((state, event) => {
    const next = transition(state, event);
    if (!next) throw new Error(`${event.type} does not matter in ${JSON.stringify(state)}`);
    return next;
  }, INITIAL);

const adaptive = after(open('a'), { type: 'SOURCES', request: 1, version: 'ADAPTIVE' });
const original = after(open('a'), { type: 'SOURCES', request: 1, version: 'ORIGINAL' });

describe('a track that is opened', () => {
  it('is fetched if it should play, and left unloaded if it should not', () => {
    expect(after(open('a'))).toMatchObject({ phase: 'FETCHING', request: 1, key: 'a', isWanted: true });
    expect(after(open('a', 0, false))).toMatchObject({ phase: 'UNLOADED', isWanted: false });
    expect(after(open(null))).toMatchObject({ phase: 'EMPTY', key: null, isWanted: false });
  });

  it('is loaded with the version that its sources have', () => {
    expect(adaptive.phase).toBe('ADAPTIVE');
    expect(original.phase).toBe('ORIGINAL');
    expect(transition(adaptive, { type: 'LOADED', request: 1 })).toEqual(adaptive);
  });

  it('ignores every answer to an earlier request', () => {
    const later = after(open('a'), open('b'));
    for (const type of ['LOADED', 'FAILED', 'HLS_PUBLISHED', 'HLS_SOURCES', 'HLS_PLAYABLE'] as const)
      expect(transition(later, { type, request: 1 })).toBeNull();
    expect(transition(later, { type: 'SOURCES', request: 1, version: 'ADAPTIVE' })).toBeNull();
  });

  it('is not resumed before its sources are there, nor after it has failed', () => {
    expect(transition(after(open('a')), { type: 'PLAY' })).toBeNull();
    expect(transition(after(open('a'), { type: 'FAILED', request: 1 }), { type: 'PLAY' })).toBeNull();
  });

  it('stays silent if it is paused while it is fetched', () => {
    const paused = after(open('a'), { type: 'PAUSE' }, { type: 'SOURCES', request: 1, version: 'ADAPTIVE' });
    expect(paused).toMatchObject({ phase: 'ADAPTIVE', isWanted: false });
    expect(transition(paused, { type: 'PLAY' })).toMatchObject({ isWanted: true });
  });
});

describe('a track whose adaptive version fails', () => {
  const fallen = transition(adaptive, { type: 'ADAPTIVE_FAILED' })!;

  it('plays as the original, and fails for good with that', () => {
    expect(fallen).toMatchObject({ phase: 'ORIGINAL', isWanted: true });
    expect(transition(fallen, { type: 'ADAPTIVE_FAILED' })).toBeNull();
    expect(transition(fallen, { type: 'FAILED', request: 1 })).toMatchObject({ phase: 'FAILED', isWanted: false });
  });
});

describe('a track that plays as the original', () => {
  const published: PlaybackEvent[] = [
    { type: 'HLS_PUBLISHED', request: 1 },
    { type: 'HLS_SOURCES', request: 1 },
  ];
  const moving = published.reduce((state, event) => transition(state, event)!, original);

  it('moves to its adaptive version once the spare deck could play that', () => {
    expect(moving).toMatchObject({ phase: 'ORIGINAL', spare: { use: 'HLS' } });
    expect(transition(moving, { type: 'HLS_PLAYABLE', request: 1 })).toMatchObject({
      phase: 'ADAPTIVE',
      spare: { use: 'NONE' },
    });
  });

  it('stays with the original if the spare deck fails, or is needed for the next track', () => {
    for (const event of [{ type: 'SPARE_FAILED' }, { type: 'PREPARE', key: 'b' }] as const) {
      const state = transition(moving, event)!;
      expect(transition(state, { type: 'HLS_PLAYABLE', request: 1 })).toBeNull();
    }
  });
});

describe('the next track', () => {
  const prepared = transition(adaptive, { type: 'PREPARE', key: 'b' })!;
  const preloaded = transition(prepared, { type: 'NEXT_SOURCES', key: 'b', version: 'ORIGINAL' })!;

  it('is prepared once, and never if it is the current one', () => {
    expect(transition(prepared, { type: 'PREPARE', key: 'b' })).toBeNull();
    expect(transition(preloaded, { type: 'PREPARE', key: 'b' })).toBeNull();
    expect(transition(adaptive, { type: 'PREPARE', key: 'a' })).toBeNull();
  });

  it('begins at once when it is opened from the beginning', () => {
    expect(preloadedVersion(preloaded, 'b', 0)).toBe('ORIGINAL');
    expect(transition(preloaded, open('b'))).toMatchObject({ phase: 'ORIGINAL', request: 2, spare: { use: 'NONE' } });
  });

  it.each<[string, PlaybackState, PlaybackEvent]>([
    ['another position', preloaded, open('b', 5)],
    ['another track', preloaded, open('c')],
    ['a track whose sources are still on their way', prepared, open('b')],
  ])('is fetched for %s', (_what, state, event) => {
    expect(transition(state, event)).toMatchObject({ phase: 'FETCHING', spare: { use: 'NONE' } });
  });

  it('is dropped when its sources arrive after another one came next', () => {
    const other = transition(transition(prepared, { type: 'UNPREPARE' })!, { type: 'PREPARE', key: 'c' })!;
    expect(transition(other, { type: 'NEXT_SOURCES', key: 'b', version: 'ADAPTIVE' })).toBeNull();
    expect(transition(other, { type: 'NEXT_FAILED', key: 'b' })).toBeNull();
  });
});

describe('what the listener sees', () => {
  it.each<[string, PlaybackState, boolean]>([
    ['idle', INITIAL, false],
    ['loading', after(open('a')), false],
    ['loading', adaptive, false],
    ['playing', adaptive, true],
    ['paused', transition(adaptive, { type: 'PAUSE' })!, false],
    ['failed', after(open('a'), { type: 'FAILED', request: 1 }), true],
  ])('is "%s"', (status, state, isMoving) => {
    expect(statusOf(state, isMoving)).toBe(status);
  });
});

it('no sequence of events wants sound without a track, or has the current track on the spare deck', () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const version = fc.constantFrom('ADAPTIVE' as const, 'ORIGINAL' as const);
  const request = fc.integer({ min: 1, max: 4 });
  const event: fc.Arbitrary<PlaybackEvent> = fc.oneof(
    fc.record({
      type: fc.constant('OPEN' as const),
      key: fc.option(key),
      at: fc.constantFrom(0, 7),
      play: fc.boolean(),
    }),
    fc.record({ type: fc.constant('SOURCES' as const), request, version }),
    fc.record({
      type: fc.constantFrom('LOADED', 'FAILED', 'HLS_PUBLISHED', 'HLS_SOURCES', 'HLS_PLAYABLE'),
      request,
    }),
    fc.record({ type: fc.constantFrom('PREPARE' as const, 'NEXT_FAILED' as const), key }),
    fc.record({ type: fc.constant('NEXT_SOURCES' as const), key, version }),
    fc.record({ type: fc.constantFrom('PLAY', 'PAUSE', 'ADAPTIVE_FAILED', 'UNPREPARE', 'SPARE_FAILED') }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      let state = INITIAL;
      for (const next of events) state = transition(state, next) ?? state;
      if (state.isWanted) expect(['EMPTY', 'UNLOADED', 'FAILED']).not.toContain(state.phase);
      if (state.phase === 'EMPTY') expect(state.key).toBeNull();
      if (state.spare.use === 'NEXT_TRACK') expect(state.spare.key).not.toBe(state.key);
    }),
  );
});
