import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import mongoose, { type Connection, type Model } from 'mongoose';
import { EmbeddedDatabase } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { DatabaseClock } from '../src/platform/mongo/database-clock.service.js';
import { LeaseRecord, LeaseSchema } from '../src/platform/scheduling/lease-record.schema.js';
import { Lease, LeaseLostError } from '../src/platform/scheduling/lease.service.js';
import { PeriodicTask } from '../src/platform/scheduling/periodic-task.js';
import { eventuallyPasses } from './support/eventually.js';

const NAME = 'a task';

let database: EmbeddedDatabase;
let connection: Connection;
let records: Model<LeaseRecord>;
/** Two of them are like two processes: each is a holder of its own. */
let ours: Lease;
let theirs: Lease;

beforeAll(async () => {
  database = await EmbeddedDatabase.start();
  connection = await mongoose.createConnection(database.uri).asPromise();
  records = connection.model(LeaseRecord.name, LeaseSchema) as unknown as Model<LeaseRecord>;
});

afterAll(async () => {
  await connection?.close();
  await database?.close();
});

beforeEach(async () => {
  await records.deleteMany({});
  const clock = new DatabaseClock(connection);
  ours = new Lease(records, clock);
  theirs = new Lease(records, clock);
});

/** Takes the lease for another process, although it is held. */
async function seize(): Promise<void> {
  await records.updateOne(
    { _id: NAME },
    { $set: { holder: 'another', expiresAt: new Date(Date.now() + 60_000) } },
  );
}

describe('a lease', () => {
  it('is held by one process at a time, which may take it again', async () => {
    expect(await ours.take(NAME, 60)).toBe(true);
    expect(await ours.take(NAME, 60)).toBe(true);
    expect(await theirs.take(NAME, 60)).toBe(false);
  });

  it('goes to another process when it is released, but not when that one releases it', async () => {
    await ours.take(NAME, 60);
    await theirs.release(NAME);
    expect(await theirs.take(NAME, 60)).toBe(false);
    await ours.release(NAME);
    expect(await theirs.take(NAME, 60)).toBe(true);
  });

  it('goes to another process when its holder has not renewed it in time', async () => {
    await ours.take(NAME, 0.2);
    await sleep(300);
    expect(await theirs.take(NAME, 60)).toBe(true);
    expect(await ours.take(NAME, 60)).toBe(false);
  });

  it('is renewed during work that takes longer than the lease', async () => {
    const taken: boolean[] = [];
    const done = await ours.during(NAME, 0.8, async (lost) => {
      for (let i = 0; i < 8; i++) {
        await sleep(250);
        taken.push(await theirs.take(NAME, 60));
      }
      return lost.aborted;
    });
    expect(done).toEqual({ result: false });
    expect(new Set(taken)).toEqual(new Set([false]));
  });

  it('is not taken for work that another process does', async () => {
    await theirs.take(NAME, 60);
    expect(await ours.during(NAME, 60, async () => 'done')).toBeNull();
  });

  it('tells work that it was lost to another process', async () => {
    const done = await ours.during(NAME, 0.8, async (lost) => {
      await seize();
      await eventuallyPasses(async () => expect(lost.aborted).toBe(true));
      return lost.reason as unknown;
    });
    expect(done?.result).toBeInstanceOf(LeaseLostError);
    expect((await records.findById(NAME))?.holder).toBe('another');
  });

  it('tells work that it could not be renewed while the database was silent', async () => {
    const done = await ours.during(NAME, 0.8, async (lost) => {
      database.pause();
      try {
        await eventuallyPasses(async () => expect(lost.aborted).toBe(true));
      } finally {
        database.resume();
      }
      return lost.reason as unknown;
    });
    expect(done?.result).toBeInstanceOf(LeaseLostError);
  });
});

describe('a periodic task of several processes', () => {
  const failures: string[] = [];
  const onFailure = (error: Error) => void failures.push(error.message);
  const inProcess = (lease: Lease, work: (signal: AbortSignal) => Promise<void>) =>
    new PeriodicTask({ work, pauseMs: 300, onFailure, inOneProcess: { lease, name: NAME } });

  afterAll(() => expect(failures).toEqual([]));

  it('has one round at a time, however long a round takes', async () => {
    let running = 0;
    let most = 0;
    let rounds = 0;
    const work = async () => {
      rounds++;
      most = Math.max(most, ++running);
      await sleep(1_500);
      running--;
    };
    const tasks = [inProcess(ours, work), inProcess(theirs, work)];
    for (const task of tasks) task.start();
    await eventuallyPasses(async () => expect(rounds).toBeGreaterThan(2));
    await Promise.all(tasks.map((task) => task.stop()));
    expect({ most, running }).toEqual({ most: 1, running: 0 });
  });

  it('goes on in another process as soon as the first one has stopped', async () => {
    let ourRounds = 0;
    let theirRounds = 0;
    const first = inProcess(ours, async () => void ourRounds++);
    first.runSoon();
    await eventuallyPasses(async () => expect(ourRounds).toBe(1));
    const second = inProcess(theirs, async () => void theirRounds++);
    await first.stop();
    second.runSoon();
    await eventuallyPasses(async () => expect(theirRounds).toBe(1));
    await second.stop();
  });

  it('ends a round whose lease another process has taken', async () => {
    let isEnded = false;
    const task = inProcess(ours, async (signal) => {
      await seize();
      await eventuallyPasses(async () => expect(signal.aborted).toBe(true));
      isEnded = true;
    });
    task.runSoon();
    await eventuallyPasses(async () => expect(isEnded).toBe(true));
    await task.stop();
    expect((await records.findById(NAME))?.holder).toBe('another');
  });
});
