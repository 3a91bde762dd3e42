import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { serialize } from 'bson';
import fc from 'fast-check';
import { EmbeddedDatabase, refusal, type Client } from './support/embedded-mongo.js';

/** An OP_MSG with one body section, as a driver sends it. */
function frameOf(command: object): Buffer {
  const body = Buffer.from(serialize(command));
  const frame = Buffer.alloc(21 + body.length);
  frame.writeInt32LE(frame.length, 0);
  frame.writeInt32LE(7, 4);
  frame.writeInt32LE(2013, 12);
  body.copy(frame, 21);
  return frame;
}

const command = fc.oneof(
  fc.constant({ hello: 1, $db: 'admin' }),
  fc.record({
    find: fc.constant('victim'),
    filter: fc.dictionary(fc.string({ maxLength: 5 }), fc.anything({ withNullPrototype: false })),
    $db: fc.constant('test'),
  }),
  fc.record({
    insert: fc.constant('junk'),
    documents: fc.array(fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue())),
    $db: fc.constant('test'),
  }),
  fc.record({
    update: fc.constant('junk'),
    updates: fc.array(
      fc.record({
        q: fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue()),
        u: fc.oneof(fc.object(), fc.record({ $set: fc.object(), $push: fc.object(), $inc: fc.object() })),
        multi: fc.boolean(),
        upsert: fc.boolean(),
      }),
    ),
    $db: fc.constant('test'),
  }),
  fc.record({
    aggregate: fc.constant('junk'),
    pipeline: fc.array(fc.record({ $match: fc.object(), $group: fc.object() }, { requiredKeys: [] })),
    cursor: fc.constant({}),
    $db: fc.constant('test'),
  }),
  fc.record({
    createIndexes: fc.constant('junk2'),
    indexes: fc.array(fc.record({ key: fc.object(), name: fc.string() })),
    $db: fc.constant('test'),
  }),
  fc.record({
    getMore: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    collection: fc.string(),
    $db: fc.constant('test'),
  }),
);

const serializable = command.map((value) => {
  try {
    return frameOf(value);
  } catch {
    return frameOf({ ping: 1, $db: 'admin' });
  }
});

const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  serializable,
  fc.tuple(serializable, fc.nat()).map(([frame, at]) => frame.subarray(0, at % frame.length)),
  fc
    .tuple(serializable, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 8 }))
    .map(([frame, flips]) => {
      for (const [at, bit] of flips) frame[at % frame.length]! ^= 1 << bit;
      return frame;
    }),
  // The frame is valid, its body is not.
  fc
    .tuple(serializable, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }))
    .map(([frame, bytes]) => {
      for (const [at, byte] of bytes) frame[16 + (at % (frame.length - 16))] = byte;
      return frame;
    }),
);

describe('wire protocol', () => {
  let database: EmbeddedDatabase;
  let bystander: Client;

  beforeAll(async () => {
    database = await EmbeddedDatabase.start();
    bystander = await database.client();
    await bystander.db('test').collection('victim').insertOne({ safe: true });
  });
  afterAll(() => database.close());

  const throwAt = async (messages: Buffer[]): Promise<void> => {
    const socket: Socket = connect(database.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    for (const message of messages) socket.write(message);
    socket.resume();
    await new Promise((r) => setTimeout(r, 2));
    socket.destroy();
  };

  const bystanderIsWell = async (): Promise<void> => {
    expect(await bystander.db('test').collection('victim').find().toArray()).toMatchObject([{ safe: true }]);
    expect(database.exitCode).toBeNull();
  };

  it('random bytes and commands do not affect another client', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 4 }), async (messages) => {
        await throwAt(messages);
        await bystanderIsWell();
      }),
      { numRuns: 400, interruptAfterTimeLimit: 6_000 },
    );
  });

  it('a frame with an impossible length closes its connection', async () => {
    for (const length of [0, 15, -1, 48_000_001, 0x7fffffff]) {
      const socket = connect(database.port, '127.0.0.1');
      const header = Buffer.alloc(16);
      header.writeInt32LE(length, 0);
      socket.write(header);
      await once(socket.resume(), 'close');
    }
    await bystanderIsWell();
  });

  it('a command that is nested too deeply is refused, and the connection stays usable', async () => {
    let deep: object = { end: 1 };
    for (let i = 0; i < 250; i++) deep = { d: deep };
    const refused = await refusal(bystander.db('test').command({ insert: 'deep', documents: [deep] }));
    expect(refused.code).toBe(15);
    // Deep enough to overflow the stack of a recursive function.
    const levels = 200_000;
    const bytes = Buffer.alloc(8 * levels + 5);
    for (let level = 0; level <= levels; level++) {
      bytes.writeInt32LE(bytes.length - 8 * level, 7 * level);
      if (level < levels) bytes.write('\x03d', 7 * level + 4, 'latin1');
    }
    const frame = Buffer.alloc(21 + bytes.length);
    frame.writeInt32LE(frame.length, 0);
    frame.writeInt32LE(2013, 12);
    bytes.copy(frame, 21);
    const socket = connect(database.port, '127.0.0.1');
    socket.write(frame);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(reply.includes("no such command: 'd'")).toBe(true);
    socket.destroy();
    await bystanderIsWell();
  });

  it('a client that does not read replies stops being served, while other clients are served', async () => {
    const large = bystander.db('test').collection('large');
    for (let n = 0; n < 12; n++) await large.insertOne({ n, pad: 'x'.repeat(1_000_000) });
    const before = (await bystander.db('admin').command({ serverStatus: 1 })).mem.resident;
    const socket = connect(database.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    const ask = frameOf({ find: 'large', $db: 'test' });
    for (let i = 0; i < 100; i++) socket.write(ask);
    await new Promise((r) => setTimeout(r, 1000));
    const after = (await bystander.db('admin').command({ serverStatus: 1 })).mem.resident;
    expect(after - before).toBeLessThan(300);
    await bystanderIsWell();
    socket.destroy();
  });

  it('200 connections are served at once', async () => {
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => database.client({ minPoolSize: 40, maxPoolSize: 40 })),
    );
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, n) => clients[n % 5]!.db('test').collection('victim').countDocuments()),
    );
    expect(new Set(answers)).toEqual(new Set([1]));
  });
});
