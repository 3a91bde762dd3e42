import { isAbandoned, wasRenewed, watchMs } from './lock-decisions.js';
import { parseRecord, statusFrom } from './process-record.js';

describe('whose the lock of a data folder is', () => {
  const record = { pid: 42, identity: 'boot:1000', host: 'here' };

  it.each([
    ['running', 'the process of its record exists', 'here', 'boot:1000'],
    ['ended', 'no process has its id', 'here', undefined],
    ['ended', 'another process has its id by now', 'here', 'boot:2000'],
    ['ended', 'the machine has been started again', 'here', 'boot2:1000'],
    ['elsewhere', 'its record names another machine', 'there', 'boot:1000'],
  ])('is %s when %s', (status, _, host, identity) => {
    expect(statusFrom(record, host, identity)).toBe(status);
  });

  it.each(['', '{"pid":42,"ident'])('is not known from a half-written record: %j', (text) => {
    expect(parseRecord(text)).toBeUndefined();
  });

  it.each([
    [true, 'its time has changed, also backwards', 2_000, 1_000],
    [false, 'its time is the same', 1_000, 1_000],
    [false, 'it was released meanwhile', 1_000, undefined],
    [false, 'it was gone before', undefined, 1_000],
  ])('counts as renewed: %s, when %s', (renewed, _, before, after) => {
    expect(wasRenewed(before, after)).toBe(renewed);
  });

  it('is watched for longer than a holder elsewhere needs to renew it three times', () => {
    expect(watchMs('elsewhere')).toBeGreaterThan(3 * 2_000);
    expect(watchMs('half-written')).toBeLessThan(1_000);
  });
});

describe('the successor file of a stale lock', () => {
  const now = 1_000_000;

  it.each([
    [false, 'is being used by the server that made it', now - 4_000],
    [true, 'was left by a server that was killed', now - 6_000],
    [false, 'has become the lock', undefined],
  ])('is abandoned: %s, when it %s', (abandoned, _, madeAt) => {
    expect(isAbandoned(madeAt, now)).toBe(abandoned);
  });
});
