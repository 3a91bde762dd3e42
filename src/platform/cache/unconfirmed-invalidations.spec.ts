import { UnconfirmedInvalidations } from './unconfirmed-invalidations.js';

const keysOf = (invalidations: ReadonlyMap<string, unknown>) => Array.from(invalidations.keys());

describe('UnconfirmedInvalidations', () => {
  it('have a key until its invalidation is confirmed', () => {
    const unconfirmed = new UnconfirmedInvalidations();
    expect(unconfirmed.has('a')).toBe(false);
    const sent = unconfirmed.add(['a']);
    unconfirmed.add(['b']);
    expect(keysOf(unconfirmed.all())).toEqual(['a', 'b']);
    unconfirmed.confirm(sent);
    expect([unconfirmed.has('a'), unconfirmed.has('b')]).toEqual([false, true]);
  });

  it('have a key that was invalidated again while the first invalidation was sent', () => {
    const unconfirmed = new UnconfirmedInvalidations();
    const first = unconfirmed.add(['a', 'b']);
    const second = unconfirmed.add(['a']);
    unconfirmed.confirm(first);
    expect(keysOf(unconfirmed.all())).toEqual(['a']);
    unconfirmed.confirm(second);
    expect(unconfirmed.has('a')).toBe(false);
  });

  it('are overdue after they failed, until they are confirmed', () => {
    const unconfirmed = new UnconfirmedInvalidations();
    const failed = unconfirmed.add(['a', 'b']);
    unconfirmed.add(['c']);
    expect(unconfirmed.overdue().size).toBe(0);
    unconfirmed.fail(failed);
    expect(keysOf(unconfirmed.overdue())).toEqual(['a', 'b']);
    unconfirmed.confirm(unconfirmed.overdue());
    expect(keysOf(unconfirmed.all())).toEqual(['c']);
  });

  it('are not overdue any more when the key is invalidated again', () => {
    const unconfirmed = new UnconfirmedInvalidations();
    const failed = unconfirmed.add(['a']);
    unconfirmed.fail(failed);
    const repeated = unconfirmed.overdue();
    unconfirmed.add(['a']);
    expect(unconfirmed.overdue().size).toBe(0);
    // The repetition of the first one arrives late, and says nothing about the second.
    unconfirmed.confirm(repeated);
    expect(unconfirmed.has('a')).toBe(true);
  });
});
