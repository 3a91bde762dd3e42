import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { EmbeddedDatabase, refusal } from '../../packages/embedded-mongo/test/support/embedded-mongo.js';
import { endWritesOfClosedConnections } from '../../src/platform/mongo/driver-writes.js';

/** More than the sockets of both sides hold, so that a command waits until the server has read a part of it. */
const LARGE = 'x'.repeat(15 * 1024 ** 2);
const SOCKET_TIMEOUT_MS = 500;

/** What src/platform/mongo/driver-writes.ts relies on inside the driver (docs/upgrading-dependencies.md). */
describe('a command that the server has not taken wholly', () => {
  let database: EmbeddedDatabase;

  beforeAll(async () => {
    endWritesOfClosedConnections();
    database = await EmbeddedDatabase.start();
  });

  afterAll(() => database.close());

  /** Resolves with the error of a command that is on its way while the server does not read. */
  async function failure(meanwhile: () => Promise<unknown>): Promise<unknown> {
    const client = await database.client({ socketTimeoutMS: SOCKET_TIMEOUT_MS });
    const songs = client.db('test').collection('songs');
    await songs.findOne();
    database.pause();
    const refused = refusal(songs.insertOne({ text: LARGE }));
    await meanwhile();
    return Promise.race([refused, sleep(20_000, 'no answer', { ref: false })]);
  }

  it('fails as a network error when its connection is closed for silence', async () => {
    const error = await failure(async () => undefined);
    database.resume();
    expect(error).toBeInstanceOf(mongoose.mongo.MongoNetworkError);
  });

  it('fails for itself, and keeps all connections, when it cannot be encoded', async () => {
    const client = await database.client();
    let cleared = 0;
    client.on('connectionPoolCleared', () => cleared++);
    const error = await refusal(
      client
        .db('test')
        .collection('songs')
        .findOne({ title: new RegExp('\0') }),
    );
    expect(error).not.toBeInstanceOf(mongoose.mongo.MongoNetworkError);
    expect(error.message).toContain('null bytes');
    expect(cleared).toBe(0);
  });

  it('fails as a network error when the server is killed', async () => {
    const error = await failure(() => sleep(SOCKET_TIMEOUT_MS / 5).then(() => database.signal('SIGKILL')));
    expect(error).toBeInstanceOf(mongoose.mongo.MongoNetworkError);
  });
});
