import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { CuttingProxy, type Cut } from './support/cutting-proxy.js';
import { EmbeddedDatabase, type Client } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { eventuallyPasses } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';

const { MongoClient } = mongoose.mongo;

describe('the connection-cutting proxy in front of MongoDB,', () => {
  let database: EmbeddedDatabase;
  let proxy: CuttingProxy;
  let client: Client;

  beforeAll(async () => {
    database = await EmbeddedDatabase.start();
    proxy = await CuttingProxy.database(database.uri);
    client = await new MongoClient(proxy.url, { serverSelectionTimeoutMS: 3000 }).connect();
  });

  afterAll(async () => {
    await client?.close();
    proxy?.close();
    await database?.close();
  });

  const isInsert: Cut['at'] = ({ name, target }) => name === 'insert' && target === 'things';
  const insert = (n: number) => client.db('test').collection('things').insertOne({ n });
  /** Queries the database without the proxy. */
  const count = async (n: number) =>
    (await database.client()).db('test').collection('things').countDocuments({ n });

  it('names the command, its collection and its content', async () => {
    const from = proxy.commands.length;
    await insert(1);
    const [command] = proxy.commands.slice(from);
    expect([command!.name, command!.target]).toEqual(['insert', 'things']);
    expect(command!.text).toContain('"n":1');
  });

  it('withholds a command when it cuts before it', async () => {
    const cut = proxy.cut({ at: isInsert, moment: 'before' });
    await expect(insert(2)).rejects.toThrow(/closed/);
    expect((await cut).name).toBe('insert');
    expect(await count(2)).toBe(0);
  });

  it('lets a command be executed whose answer it drops', async () => {
    const cut = proxy.cut({ at: isInsert, moment: 'after' });
    await expect(insert(3)).rejects.toThrow(/closed/);
    await cut;
    expect(await count(3)).toBe(1);
  });

  it('lets a command be executed late, after its client has lost the connection', async () => {
    const cut = proxy.cut({ at: isInsert, moment: 'late', lateMs: 500 });
    await expect(insert(4)).rejects.toThrow(/closed/);
    expect(await count(4)).toBe(0);
    await cut;
    expect(await count(4)).toBe(1);
  });

  it('counts the chosen commands after the chosen starting command', async () => {
    const cut = proxy.cut({
      behind: ({ text }) => text.includes('"n":5}') || text.includes('"n":5,'),
      at: isInsert,
      nth: 2,
      moment: 'before',
    });
    await insert(50);
    await insert(5);
    await insert(6);
    await expect(insert(7)).rejects.toThrow(/closed/);
    expect((await cut).text).toContain('"n":7');
    expect(await count(6)).toBe(1);
  });

  it('accepts no connection while it is down, and every connection afterwards', async () => {
    void proxy.cut({ at: isInsert, moment: 'before', downMs: 800 });
    await expect(insert(8)).rejects.toThrow(/closed/);
    const began = Date.now();
    await eventuallyPasses(() => insert(9).then(() => true));
    expect(Date.now() - began).toBeGreaterThan(500);
  });
});

describe('the connection-cutting proxy in front of Redis,', () => {
  let redis: RedisServer;
  let proxy: CuttingProxy;
  let client: Redis;

  beforeAll(async () => {
    redis = await RedisServer.create();
    await redis.start();
    proxy = await CuttingProxy.redis(redis.url);
    client = new Redis(proxy.url, { maxRetriesPerRequest: 0, disconnectTimeout: 50 });
  });

  afterAll(async () => {
    client?.disconnect();
    proxy?.close();
    await redis?.remove();
  });

  const stored = (key: string) => redis.ask((own) => own.get(key));

  it('lets a command be executed whose answer it drops, and withholds one when it cuts before it', async () => {
    const after = proxy.cut({ at: ({ target }) => target === 'a', moment: 'after' });
    await expect(client.set('a', 'was set')).rejects.toThrow();
    await after;
    expect(await stored('a')).toBe('was set');
    const before = proxy.cut({ at: ({ target }) => target === 'b', moment: 'before' });
    await expect(client.set('b', 'was never asked')).rejects.toThrow();
    expect((await before).text).toBe('set b was never asked');
    expect(await stored('b')).toBeNull();
  });
});
