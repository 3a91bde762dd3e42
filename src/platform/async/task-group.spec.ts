import { setTimeout as sleep } from 'node:timers/promises';
import { TaskGroup } from './task-group.js';

describe('TaskGroup', () => {
  /** Runs until it is ended, and takes a moment for that; `settled` names the tasks that have. */
  const untilEnded = (name: string, settled: string[]) => async (signal: AbortSignal) => {
    await sleep(60_000, undefined, { signal }).catch(() => undefined);
    await sleep(20);
    settled.push(name);
    throw new Error(`${name} was ended`);
  };

  it('resolves when all tasks have succeeded, and each has its own result', async () => {
    const group = new TaskGroup();
    const sum = group.start(async () => 1 + 1);
    const name = group.start(async () => 'two');
    await group.join();
    expect([await sum, await name]).toEqual([2, 'two']);
  });

  it('ends all tasks when one fails, and rejects with its error once all have settled', async () => {
    const group = new TaskGroup();
    const settled: string[] = [];
    void group.start(untilEnded('a', settled));
    void group.start(untilEnded('b', settled));
    void group.start(() => Promise.reject(new Error('disk full')));
    await expect(group.join()).rejects.toThrow('disk full');
    expect(settled).toEqual(['a', 'b']);
  });

  it.each([
    ['the caller’s signal aborts', (caller: AbortController) => caller.abort(new Error('shutting down'))],
    ['a watcher ends it', (_: AbortController, group: TaskGroup) => group.end(new Error('shutting down'))],
  ])('rejects with the first reason when %s', async (_, end) => {
    const caller = new AbortController();
    const group = new TaskGroup(caller.signal);
    const settled: string[] = [];
    void group.start(untilEnded('a', settled));
    end(caller, group);
    group.end(new Error('too late'));
    await expect(group.join()).rejects.toThrow('shutting down');
    expect(settled).toEqual(['a']);
  });
});
