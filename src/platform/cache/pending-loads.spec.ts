import { PendingLoads, type PendingLoad } from './pending-loads.js';

/** A load that ends when the test says so. */
function heldLoad() {
  let finish: (result: unknown) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const result = new Promise<unknown>((resolve, reject) => ([finish, fail] = [resolve, reject]));
  const began: PendingLoad[] = [];
  const begin = (load: PendingLoad) => (began.push(load), result);
  return { began, begin, finish, fail };
}

describe('PendingLoads', () => {
  it('shares one load among all callers that ask for its key meanwhile', async () => {
    const loads = new PendingLoads();
    const { began, begin, finish } = heldLoad();
    const results = [loads.join('a', begin), loads.join('a', begin)];
    finish('value');
    expect(await Promise.all(results)).toEqual(['value', 'value']);
    expect(began).toEqual([{ isOutdated: false }]);
  });

  it('begins another load for another key, and for the same one after the first has ended', async () => {
    const loads = new PendingLoads();
    const { began, begin, finish } = heldLoad();
    const first = loads.join('a', begin);
    void loads.join('b', begin);
    finish('value');
    await first;
    await loads.join('a', begin);
    expect(began).toHaveLength(3);
  });

  it('forgets a load that failed, after all its callers got the error', async () => {
    const loads = new PendingLoads();
    const { begin, fail } = heldLoad();
    const results = [loads.join('a', begin), loads.join('a', begin)];
    fail(new Error('no database'));
    for (const result of results) await expect(result).rejects.toThrow('no database');
    expect(await loads.join('a', async () => 'again')).toBe('again');
  });

  it('detaches a load: its callers get the result, later ones begin a load that is not outdated', async () => {
    const loads = new PendingLoads();
    const [old, fresh] = [heldLoad(), heldLoad()];
    const early = loads.join('a', old.begin);
    loads.detach('a');
    const late = loads.join('a', fresh.begin);
    expect([old.began, fresh.began]).toEqual([[{ isOutdated: true }], [{ isOutdated: false }]]);
    old.finish('old');
    await early;
    // The end of the detached load leaves the new one shared.
    expect(loads.join('a', heldLoad().begin)).toBe(late);
    fresh.finish('new');
    expect([await early, await late]).toEqual(['old', 'new']);
  });

  it('detaches the loads of all keys', () => {
    const loads = new PendingLoads();
    const { began, begin } = heldLoad();
    for (const key of ['a', 'b']) void loads.join(key, begin);
    loads.detachAll();
    expect(began).toEqual([{ isOutdated: true }, { isOutdated: true }]);
  });
});
