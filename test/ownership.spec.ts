import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { WriterSearch } from './support/collection-writers.js';

/** Files that use the driver and so reach every collection, and why they may. */
const AROUND_THE_MODELS: Record<string, string> = {
  'src/platform/health/readiness.service.ts': 'tries a write that matches nothing',
  'src/platform/mongo/document-writer.ts': 'copies a database while no server uses it',
  'src/cli/copy-database.ts': 'copies a database while no server uses it',
  'src/maintenance/backup/backup.ts': 'reads a whole database',
  'src/maintenance/backup/backup-owners.ts': 'reads a whole database',
  'src/maintenance/backup/restore.ts': 'fills an empty database',
};

/** Callers of SongRepository's one general method; all others call one that names what it changes. */
const DECIDES_TRANSITIONS = [
  'src/maintenance/integrity/song-remedies.service.ts',
  'src/songs/processing/song-lifecycle.service.ts',
  'src/songs/song.repository.ts',
];

const paths = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => /\.ts$/.test(path) && !/\.spec\.ts$/.test(path));
const sources = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));
const search = new WriterSearch(sources);
const collections = search.collections();

describe('every collection', () => {
  it.each(collections)('$collection has exactly one writer', ({ writers }) => {
    expect(writers).toHaveLength(1);
  });

  it('has one schema', () => {
    const names = collections.map(({ collection }) => collection);
    expect(names).toEqual([...new Set(names)]);
    expect(names.length).toBeGreaterThan(15);
  });

  it('is written by an injected model only, except where the whole database is meant', () => {
    const around = search.detours().map((found) => found.split(':')[0]!);
    expect([...new Set(around)].sort()).toEqual(Object.keys(AROUND_THE_MODELS).sort());
  });

  it('is in the table of docs/architecture.md with its writer', () => {
    const rows = [...readFileSync('docs/architecture.md', 'utf8').matchAll(/^\| `(\w+)` \| `(\w+)` \|/gm)];
    expect(rows.map(([, collection, writer]) => `| \`${collection}\` | \`${writer}\` |`)).toEqual(
      collections.map(({ collection, writers }) => `| \`${collection}\` | \`${writers.join('`, `')}\` |`),
    );
  });
});

describe('the run of a song', () => {
  it('is moved by those who decide what state follows which', () => {
    const callers = paths.filter((path) => /\.transition\(/.test(sources.get(path)!));
    expect(callers.sort()).toEqual(DECIDES_TRANSITIONS);
  });
});

describe('a second writer', () => {
  const SCHEMA = "@Schema({ collection: 'things' })\nexport class Thing {}\n";
  const HELPERS =
    'export function createOnce<T>(model: Model<T>, fields: object) { return model.create(fields); }\n' +
    'export function pages<T>(size: number, model: Model<T>) { return model.find().limit(size); }\n' +
    'export class Seen { constructor(private readonly seen: Model<any>) {} all() { return this.seen.find(); } }\n' +
    'export class Marks { constructor(private readonly kept: Model<any>) {} mark() { return this.kept.updateOne({}); } }\n';

  /** The classes that write Thing beside its owner when a class has this body. */
  function writersWith(body: string, field = 'private readonly things: Model<Thing>', top = ''): string[] {
    const injected = `constructor(@InjectModel(Thing.name) ${field}) {}`;
    const imports = "import { createOnce, Marks, pages, Seen } from './helpers.js';\n";
    const classOf = (name: string, text: string) => `${imports}export class ${name} { ${text} }`;
    return new WriterSearch(
      new Map([
        ['src/thing.schema.ts', SCHEMA],
        ['src/helpers.ts', HELPERS],
        ['src/owner.ts', classOf('Owner', `${injected} add() { return this.things.create({}); }`)],
        ['src/other.ts', classOf('Other', `${top || injected} ${body}`)],
      ]),
    ).collections()[0]!.writers;
  }

  it.each([
    'edit() { return this.things.updateOne({}, {}); }',
    'edit() { return this.things.findOneAndUpdate({}, {}); }',
    'edit() { return this.things\n.bulkWrite([]); }',
    'add() { return new this.things({}).save(); }',
    'add() { return createOnce(this.things, {}); }',
    'add() { return unknown(this.things); }',
    'add() { return this.save(this.things); }',
    'marks() { return new Marks(this.things); }',
    'raw() { return this.things.collection.insertOne({}); }',
    'alias() { const model = this.things; return model.deleteMany({}); }',
    'taken() { const { things } = this; return things.deleteMany({}); }',
    "named() { return this['things'].deleteMany({}); }",
  ])('is found: %s', (body) => {
    expect(writersWith(body)).toEqual(['Other', 'Owner']);
  });

  it('is found: a model that is injected into a property', () => {
    const top = '@InjectModel(Thing.name) private readonly things: Model<Thing>;';
    expect(writersWith('edit() { return this.things.updateOne({}); }', undefined, top)).toEqual([
      'Other',
      'Owner',
    ]);
  });

  it('is found: a model that the constructor uses', () => {
    const top =
      'constructor(@InjectModel(Thing.name) things: Model<Thing>) { this.add = () => things.create({}); }';
    expect(writersWith('', undefined, top)).toEqual(['Other', 'Owner']);
  });

  it.each([
    'all() { return this.things.find({}).sort({}).lean(); }',
    'all() { return pages(10, this.things); }',
    'all() { return new Seen(this.things); }',
    'all() { return this.things.aggregate([{ $unionWith: { coll: this.things.collection.name } }]); }',
    'all() { const { things } = this.lists; return things; }',
  ])('is not a class that reads: %s', (body) => {
    expect(writersWith(body)).toEqual(['Owner']);
  });

  it.each([
    ['song.save()', 'save'],
    ['this.connection.collection("things").find({})', 'collection'],
    ['this.connection.model("Thing")', 'model'],
    ['this.songs.find().updateOne({})', 'updateOne'],
    ['this.songs.aggregate([{ $merge: "things" }])', '$merge'],
  ])('is not hidden by a way around the models: %s', (expression, name) => {
    const text = `export class Other { act() { return ${expression}; } }`;
    const other = new WriterSearch(new Map([['src/other.ts', text]]));
    other.collections();
    expect(other.detours()).toEqual([`src/other.ts: ${name}`]);
  });
});
