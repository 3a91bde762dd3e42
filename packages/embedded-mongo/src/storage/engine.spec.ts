import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from './engine.js';

/** What this package relies on inside lmdb (docs/upgrading-dependencies.md of the application). */
describe('Engine', () => {
  const failing = (error: unknown): never => {
    throw error;
  };

  it('closes while lmdb’s timer for a read is pending, and finds its writes when opened again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'engine-spec-'));
    const key = Buffer.from('key');
    for (let round = 1; round <= 20; round++) {
      const engine = new Engine(directory, failing);
      const [found] = [...engine.records.getRange({ start: key, limit: 1 })];
      expect(found?.value?.readInt32LE() ?? 0).toBe(round - 1);
      const value = Buffer.alloc(4);
      value.writeInt32LE(round);
      await engine.write(() => void engine.records.put(key, value));
      engine.records.get(key);
      await engine.close();
    }
    // A timer that was still pending would end the process now.
    await sleep(20);
    await rm(directory, { recursive: true });
  });
});
