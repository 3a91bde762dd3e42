import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import mongoose from 'mongoose';
import { EmbeddedDatabase, refusal } from '../packages/embedded-mongo/test/support/embedded-mongo.js';

const COPY = resolve(process.env.DIST_DIR ?? 'dist', 'cli/copy-database.js');
const copy = (...args: string[]) => promisify(execFile)(process.execPath, [COPY, ...args]);

describe('copy:database', () => {
  let old: EmbeddedDatabase;
  let next: EmbeddedDatabase;

  beforeAll(async () => {
    [old, next] = await Promise.all([EmbeddedDatabase.start(), EmbeddedDatabase.start()]);
  });
  afterAll(() => Promise.all([old.close(), next.close()]));

  it('copies every document and index, and can be started again', async () => {
    const source = (await old.client()).db('music').collection<any>('songs');
    await source.createIndex({ title: 1 }, { unique: true, partialFilterExpression: { live: true } });
    await source.insertMany(
      Array.from({ length: 1200 }, (_, n) => ({
        title: `t${n}`,
        n: new mongoose.mongo.Double(n),
        live: true,
      })),
    );
    const args = ['--from', old.uri, '--to', next.uri];
    expect((await copy(...args)).stdout).toBe('music.songs: 1200 documents, 2 indexes\n');
    await source.updateOne({ title: 't7' }, { $set: { title: 'seven' } });
    expect((await copy(...args)).stdout).toBe('music.songs: 1200 documents, 2 indexes\n');
    const target = (await next.client()).db('music').collection<any>('songs');
    expect(await target.countDocuments()).toBe(1200);
    expect(await target.indexes()).toEqual(await source.indexes());
    const moved = await target.findOne({ title: 'seven' }, { promoteValues: false });
    expect(moved.n._bsontype).toBe('Double');
  });

  it('explains its arguments', async () => {
    expect((await refusal(copy('--from', old.uri))).stderr).toBe(
      'Usage: copy --from <mongodb uri> --to <mongodb uri>\n',
    );
  });
});
