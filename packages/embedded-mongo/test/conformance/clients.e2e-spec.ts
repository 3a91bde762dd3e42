import mongoose from 'mongoose';
import { ConformanceDatabase } from '../support/conformance-database.js';
import { refusal } from '../support/embedded-mongo.js';

describe('clients', () => {
  let database: ConformanceDatabase;

  beforeAll(async () => {
    database = await ConformanceDatabase.start();
  });
  afterAll(() => database.close());

  it('collections and databases are created, listed and dropped', async () => {
    const db = database.client.db(`${database.db.databaseName}-other`);
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
    expect((await db.admin().listDatabases()).databases.map(({ name }) => name)).toContain(db.databaseName);
    expect(await db.command({ dbStats: 1 })).toMatchObject({ collections: 2, objects: 1 });
    expect(await db.command({ collStats: 'two' })).toMatchObject({ count: 1, nindexes: 1 });
    await db.dropCollection('one');
    await db.dropDatabase();
    expect(await db.listCollections().toArray()).toEqual([]);
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
