import mongoose from 'mongoose';
import { EmbeddedDatabase, refusal, type Client } from './support/embedded-mongo.js';

describe('clients', () => {
  let database: EmbeddedDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await EmbeddedDatabase.start();
    client = await database.client();
  });
  afterAll(() => database.close());

  it('hello describes a standalone server', async () => {
    const hello = await client.db('admin').command({ hello: 1 });
    expect(hello).toMatchObject({
      isWritablePrimary: true,
      maxWireVersion: 21,
      logicalSessionTimeoutMinutes: 30,
      ok: 1,
    });
    expect(hello).not.toHaveProperty('setName');
  });

  it('collections and databases are created, listed and dropped', async () => {
    const db = client.db('other');
    await db.createCollection('one');
    expect(await refusal(db.createCollection('one'))).toMatchObject({
      code: 48,
      codeName: 'NamespaceExists',
    });
    await db.collection('two').insertOne({});
    const listed = await db.listCollections().toArray();
    expect(new Set(listed.map(({ name, type }) => `${type} ${name}`))).toEqual(
      new Set(['collection one', 'collection two']),
    );
    expect((await client.db().admin().listDatabases()).databases.map(({ name }) => name)).toContain('other');
    expect(await db.command({ dbStats: 1 })).toMatchObject({ collections: 2, objects: 1 });
    expect(await db.command({ collStats: 'two' })).toMatchObject({ count: 1, nindexes: 1 });
    await db.dropCollection('one');
    await db.dropDatabase();
    expect(await db.listCollections().toArray()).toEqual([]);
  });

  it('the commands that MongoDB tools send on connect are answered', async () => {
    const admin = client.db('admin');
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

  it('Mongoose models work: unique index, populate, conditional updates', async () => {
    const connection = await mongoose.createConnection(database.uri).asPromise();
    const schema = new mongoose.Schema(
      { title: { type: String, unique: true }, plays: Number, tags: [String] },
      { timestamps: true },
    );
    const Song = connection.model('Song', schema);
    await Song.init();
    const album = connection.model(
      'Album',
      new mongoose.Schema({ songs: [{ type: mongoose.Schema.Types.ObjectId, ref: 'Song' }] }),
    );
    const song = await Song.create({ title: 'One', plays: 1, tags: ['a'] });
    const { id } = await album.create({ songs: [song._id] });
    const populated = await album.findById(id).populate<{ songs: { title: string }[] }>('songs');
    expect(populated!.songs[0]!.title).toBe('One');
    expect(await Song.updateOne({ _id: song._id, plays: 1 }, { $inc: { plays: 1 } })).toMatchObject({
      matchedCount: 1,
      modifiedCount: 1,
    });
    expect(await Song.updateOne({ _id: song._id, plays: 1 }, { $inc: { plays: 1 } })).toMatchObject({
      matchedCount: 0,
    });
    expect((await refusal(Song.create({ title: 'One' }))).code).toBe(11000);
    await connection.close();
  });
});
