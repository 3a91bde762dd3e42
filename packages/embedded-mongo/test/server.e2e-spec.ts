import mongoose from 'mongoose';
import { ConformanceDatabase } from './support/conformance-database.js';
import { EmbeddedDatabase, refusal } from './support/embedded-mongo.js';

const { Long } = mongoose.mongo;

describe('embedded server', () => {
  let database: ConformanceDatabase;

  beforeAll(async () => {
    database = await ConformanceDatabase.start('embedded');
  });
  afterAll(() => database.close());

  it('hello describes a standalone server', async () => {
    const hello = await database.client.db('admin').command({ hello: 1 });
    expect(hello).toMatchObject({
      isWritablePrimary: true,
      maxWireVersion: 21,
      logicalSessionTimeoutMinutes: 30,
      ok: 1,
    });
    expect(hello).not.toHaveProperty('setName');
  });

  it('the commands that MongoDB tools send on connect are answered', async () => {
    const admin = database.client.db('admin');
    for (const command of [
      'ping',
      'buildInfo',
      'connectionStatus',
      'whatsmyuri',
      'serverStatus',
      'hostInfo',
      'getCmdLineOpts',
    ]) {
      expect(await admin.command({ [command]: 1 })).toMatchObject({ ok: 1 });
    }
    expect(await admin.command({ getLog: 'startupWarnings' })).toMatchObject({ log: [] });
    expect(await admin.command({ getParameter: 1, featureCompatibilityVersion: 1 })).toMatchObject({
      featureCompatibilityVersion: { version: '7.0' },
    });
  });

  it("unknown commands, options, operators and names are refused with MongoDB's codes", async () => {
    const { db } = database;
    expect(await refusal(db.command({ frobnicate: 1 }))).toMatchObject({
      code: 59,
      codeName: 'CommandNotFound',
      message: "no such command: 'frobnicate'",
    });
    expect(await refusal(db.command({ find: 'x', frob: 1 }))).toMatchObject({
      code: 40415,
      message: "BSON field 'find.frob' is an unknown field.",
    });
    expect(
      await refusal(
        db
          .collection('x')
          .find({ a: { $frob: 1 } })
          .toArray(),
      ),
    ).toMatchObject({ code: 2, message: 'unknown operator: $frob' });
    expect(
      await refusal(
        db
          .collection('x')
          .aggregate([{ $frob: 1 }])
          .toArray(),
      ),
    ).toMatchObject({ code: 40324 });
    expect(await refusal(db.collection('x').updateOne({}, { $frob: { a: 1 } } as never))).toMatchObject({
      code: 9,
    });
    expect(await refusal(db.command({ insert: 'x', documents: [{}], txnNumber: Long.ONE }))).toMatchObject({
      code: 20,
    });
    expect(await refusal(db.command({ create: 'a', capped: true, size: 1 }))).toMatchObject({ code: 238 });
    expect(
      await refusal(
        db
          .collection('x')
          .find({}, { collation: { locale: 'en', strength: 2 } })
          .toArray(),
      ),
    ).toMatchObject({ code: 238 });
  });

  it('text, geo, hashed and wildcard indexes are refused', async () => {
    const docs = database.fresh();
    for (const kind of ['text', '2dsphere', 'hashed'])
      expect(await refusal(docs.createIndex({ t: kind as never }))).toMatchObject({ code: 67 });
    expect(await refusal(docs.createIndex({ '$**': 1 }))).toMatchObject({ code: 67 });
  });

  it('$graphLookup is refused as not supported', async () => {
    const songs = database.fresh();
    expect((await refusal(songs.aggregate([{ $graphLookup: {} }]).toArray())).code).toBe(238);
  });
});

describe('embedded server process', () => {
  it('prints its address and a hint about its limits on start', async () => {
    const database = await EmbeddedDatabase.start();
    try {
      expect(database.output).toContain(
        `embedded database listening on mongodb://127.0.0.1:${database.port}\n`,
      );
      expect(database.output).toContain('docs/operations.md says when to move to MongoDB');
    } finally {
      await database.close();
    }
  });
});
