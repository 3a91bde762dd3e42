import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { eventuallyPasses } from '../../../test/support/eventually.js';
import { EmbeddedDatabase, refusal } from './support/embedded-mongo.js';

describe('writes', () => {
  let database: EmbeddedDatabase;

  beforeEach(async () => {
    database = await EmbeddedDatabase.start();
  });
  afterEach(() => database.close());

  it('acknowledged writes survive kill -9', async () => {
    const acknowledged: number[] = [];
    for (let round = 0; round < 3; round++) {
      const client = await database.client();
      const docs = client.db('test').collection<{ _id: number; copy: number }>('docs');
      await docs.createIndex({ copy: 1 }, { unique: true });
      let stopped = false;
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let n = 0; !stopped; n++) {
          const id = round * 1_000_000 + writer * 100_000 + n;
          const done = await docs.insertOne({ _id: id, copy: -id }).catch(() => undefined);
          if (done) acknowledged.push(id);
        }
      });
      await new Promise((r) => setTimeout(r, 100 + round * 50));
      const killed = database.signal('SIGKILL');
      stopped = true;
      await killed;
      await Promise.all(
        writers.map((writer) => Promise.race([writer, new Promise((r) => setTimeout(r, 500))])),
      );
      await client.close(true);
      await database.run();
      const after = (await database.client()).db('test').collection<{ _id: number; copy: number }>('docs');
      const found = new Set(
        (await after.find().project<{ _id: number }>({ _id: 1 }).toArray()).map(({ _id }) => _id),
      );
      expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
      expect(await after.countDocuments()).toBe(found.size);
      expect(await after.countDocuments({ copy: { $lte: 0 } })).toBe(found.size);
    }
    expect(acknowledged.length).toBeGreaterThan(50);
  });

  it('exactly one of 200 concurrent conditional updates modifies the document', async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => database.client({ maxPoolSize: 20 })));
    const docs = clients[0]!.db('test').collection('songs');
    for (const indexed of [true, false]) {
      if (indexed) await docs.createIndex({ state: 1 });
      else await docs.dropIndexes();
      await docs.insertOne({ state: 'QUEUED', indexed });
      const attempts = await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          clients[n % 4]!.db('test')
            .collection('songs')
            .updateOne({ state: 'QUEUED' }, { $set: { state: 'TAKEN', by: n } }),
        ),
      );
      expect(attempts.filter(({ modifiedCount }) => modifiedCount === 1)).toHaveLength(1);
    }
  });

  it('concurrent $inc add up, and concurrent findOneAndUpdate give each job to one worker', async () => {
    const clients = await Promise.all(Array.from({ length: 3 }, () => database.client({ maxPoolSize: 20 })));
    const collection = (n: number) => clients[n % 3]!.db('test').collection<any>('counters');
    await collection(0).insertOne({ _id: 'sum', n: 0 });
    await Promise.all(
      Array.from({ length: 300 }, (_, n) => collection(n).updateOne({ _id: 'sum' }, { $inc: { n: 1 } })),
    );
    expect(await collection(0).findOne({ _id: 'sum' })).toMatchObject({ n: 300 });
    await collection(0).insertMany(Array.from({ length: 800 }, (_, n) => ({ job: n, free: true })));
    const taken = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        collection(n).findOneAndUpdate({ free: true }, { $set: { free: false } }, { sort: { job: -1 } }),
      ),
    );
    expect(new Set(taken.map((job) => job.job)).size).toBe(60);
    expect(Math.min(...taken.map((job) => job.job))).toBe(740);
    const upserts = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        collection(n).updateOne({ _id: 'once' }, { $inc: { n: 1 } }, { upsert: true }),
      ),
    );
    expect(upserts.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await collection(0).findOne({ _id: 'once' })).toMatchObject({ n: 50 });
  });

  it('SIGTERM flushes writes and exits with code 0 within 2 s', async () => {
    const docs = await database.fresh();
    await docs.insertOne({ kept: true });
    const started = performance.now();
    expect(await database.signal('SIGTERM')).toBe(0);
    expect(performance.now() - started).toBeLessThan(2000);
    await database.run();
    const after = (await database.client()).db('test').collection(docs.collectionName);
    expect(await after.countDocuments()).toBe(1);
  });

  it('the server exits when its parent disconnects', async () => {
    const [code] = await database.disconnectParent();
    expect(code).toBe(0);
  });

  it('a second server on the data folder is refused, and a stale lock of a killed one is taken over', async () => {
    const main = resolve('packages/embedded-mongo/dist/main.js');
    const second = spawnSync(process.execPath, [main, '--data', database.directory, '--port', '0'], {
      encoding: 'utf8',
    });
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(/is in use by another embedded database \(process \d+\)\.\n$/);
    await database.signal('SIGKILL');
    await database.run();
    await database.signal('SIGKILL');
    // The id of the killed server now belongs to a process that is not a server.
    writeFileSync(join(database.directory, 'server.lock'), `${process.pid} 12345\n`);
    await database.run();
    expect((await (await database.client()).db('test').command({ ping: 1 })).ok).toBe(1);
  });
});

describe('$out during kill -9', () => {
  it('keeps the old collection, and the next start drops the temporary one', async () => {
    const database = await EmbeddedDatabase.start();
    try {
      const source = await database.fresh();
      const target = await database.fresh();
      await target.insertOne({ _id: 'old' });
      await source.insertMany(Array.from({ length: 30_000 }, (_, n) => ({ _id: n, text: 'x'.repeat(100) })));
      const watcher = (await database.client()).db('test');
      const temporary = (db: typeof watcher) =>
        db.listCollections({ name: /^tmp\./ }, { nameOnly: true }).toArray();
      const written = refusal(source.aggregate([{ $out: target.collectionName }]).toArray());
      await eventuallyPasses(async () => expect(await temporary(watcher)).toHaveLength(1));
      await database.signal('SIGKILL');
      await written;
      await database.run();
      const after = (await database.client()).db('test');
      expect(await after.collection(target.collectionName).find().toArray()).toEqual([{ _id: 'old' }]);
      expect(await temporary(after)).toEqual([]);
      await after
        .collection(source.collectionName)
        .aggregate([{ $out: target.collectionName }])
        .toArray();
      expect(await after.collection(target.collectionName).countDocuments()).toBe(30_000);
    } finally {
      await database.close();
    }
  });
});
