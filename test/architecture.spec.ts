import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { retiredWords } from './support/retired-words.js';

/** Modules from the lowest to the highest. Each may import those before it in this list, and never one after it. */
const LAYERS = [
  'platform/config',
  'platform/logging',
  'platform/errors',
  'platform/async',
  'platform/mongo',
  'platform/graphql',
  'platform/files',
  'platform/child-process',
  'platform/scheduling',
  'platform/metrics',
  'platform/cache',
  'platform/queue',
  'platform/storage',
  'platform/backing-services',
  'platform/http',
  'platform/health',
  'audio',
  'artwork',
  'users',
  'operation-cost',
  'events',
  'songs',
  'uploads',
  'albums',
  'plays',
  'transcoding',
  'webhooks',
  'cdn',
  'search',
  'playlists',
  'capacity',
  'streaming',
  'maintenance/backup',
  'maintenance/migration',
  'maintenance/integrity',
  'web-app',
  'graphiql',
  'app',
  'cli',
];

/** Technology that only one file, or the files of one name, may use. */
const SINGLE_POINT_OF_USE: Record<string, RegExp> = {
  "'fluent-ffmpeg'": /^src\/audio\/ffmpeg\.service\.ts$/,
  "'sirv'": /^src\/web-app\/built-files\.ts$/,
  "'sharp'": /^src\/artwork\/cover\.process\.ts$/,
  "'cache-manager-redis-store'": /^src\/platform\/cache\/redis-cache-store\.ts$/,
  "'@aws-sdk/": /^src\/platform\/storage\/s3\/s3-[a-z]+\.ts$/,
  "from 'cloudinary'": /^src\/platform\/storage\/cloudinary\/cloudinary-api\.ts$/,
  "'@node-rs/argon2'": /^src\/users\/accounts\/passwords\.ts$/,
  "'music-metadata'": /^src\/uploads\/pipeline\/tags\.process\.ts$/,
  "'busboy'": /^src\/uploads\/multipart\/multipart-head\.ts$/,
  "'mingo": /^packages\/embedded-mongo\//,
  "'lmdb'": /^packages\/embedded-mongo\//,
  "'@tus/server'": /^src\/uploads\/tus\/tus-/,
  "'@tus/file-store'": /^src\/uploads\/tus\/tus-data-store\.ts$/,
  'process.env': /^src\/platform\/config\/(config|environment)\.ts$/,
};

/** Everything with prose or names of our own. */
const PARTS = [
  'src',
  'packages',
  'web',
  'test',
  'bench',
  'docs',
  'deploy',
  'bin',
  '.github',
  'README.md',
  'Dockerfile',
  'docker-compose.yml',
  'docker-compose.cloud.yml',
  'package.json',
  '.env.example',
];

const MAX_LINES = 250;
/** A module that grows beyond this has more than one subject. */
const MAX_SONG_FILES = 45;

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '');
const sources = tracked.filter((path) => /^(src|packages\/[^/]+\/src)\/.*\.ts$/.test(path));
const source = new Map(sources.map((path) => [path, readFileSync(path, 'utf8')]));

/** The layer that a file belongs to: its module, or "app" for the files at the top of src/. */
function layerOf(path: string): string {
  const [top, module, part, ...rest] = path.split('/');
  if (top !== 'src') return top!;
  if (part === undefined) return 'app';
  return ['platform', 'maintenance'].includes(module!) && rest.length > 0 ? `${module}/${part}` : module!;
}

/** The files that a file imports by a relative path. */
function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, target]) =>
    join(path, '..', target!),
  );
}

/** Imports of a file that its layer does not allow, as "layer imports layer". */
function forbiddenImports(path: string, text: string): string[] {
  const own = layerOf(path);
  return importsOf(path, text)
    .map(layerOf)
    .filter(
      (other) => other !== own && !(LAYERS.indexOf(other) < LAYERS.indexOf(own) && LAYERS.includes(other)),
    )
    .map((other) => `${own} imports ${other}`);
}

describe('the architecture', () => {
  const modules = sources.filter((path) => path.startsWith('src/'));

  it('knows the layer of every module', () => {
    expect(new Set(modules.map(layerOf))).toEqual(new Set(LAYERS));
  });

  it.each(LAYERS)('lets %s import only from layers below it', (layer) => {
    const files = modules.filter((path) => layerOf(path) === layer);
    expect(
      files.flatMap((path) => forbiddenImports(path, source.get(path)!).map((what) => `${path}: ${what}`)),
    ).toEqual([]);
  });

  it('keeps the packages free of the application', () => {
    const leaving = sources
      .filter((path) => path.startsWith('packages/'))
      .filter((path) => importsOf(path, source.get(path)!).some((target) => !target.startsWith('packages/')));
    expect(leaving).toEqual([]);
  });

  it('reaches the packages by their names, never by a path', () => {
    expect(modules.filter((path) => source.get(path)!.includes('packages/'))).toEqual([]);
  });

  it.each(Object.entries(SINGLE_POINT_OF_USE))('keeps %s behind its own file', (technology, allowed) => {
    const users = sources.filter(
      (path) => !path.endsWith('.spec.ts') && source.get(path)!.includes(technology),
    );
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((path) => !allowed.test(path))).toEqual([]);
  });

  it(`has no file of more than ${MAX_LINES} lines`, () => {
    expect(sources.filter((path) => source.get(path)!.split('\n').length > MAX_LINES + 1)).toEqual([]);
  });

  it('has only the programs and their modules at the top of src', () => {
    const top = modules
      .filter((path) => path.split('/').length === 2)
      .map((path) => path.slice('src/'.length));
    expect(top).toEqual([
      'app.module.ts',
      'bootstrap.ts',
      'core.module.ts',
      'graphql.module.ts',
      'http-server.ts',
      'main.ts',
      'worker.module.ts',
      'worker.ts',
    ]);
  });

  it(`has at most ${MAX_SONG_FILES} files in src/songs`, () => {
    expect(modules.filter((path) => path.startsWith('src/songs/')).length).toBeLessThanOrEqual(
      MAX_SONG_FILES,
    );
  });

  it('has no barrels, no forwardRef and no folders for odds and ends', () => {
    const vague = /(^|\/)(index\.ts|utils?|helpers?|common|shared|dto|interfaces)(\/|$)/;
    expect(sources.filter((path) => vague.test(path) || source.get(path)!.includes('forwardRef'))).toEqual(
      [],
    );
  });

  it('is drawn in docs/architecture.md, which names every module', () => {
    const map = readFileSync('docs/architecture.md', 'utf8');
    expect(LAYERS.filter((layer) => layer !== 'app' && !map.includes(`\`${layer}/\``))).toEqual([]);
  });
});

describe('the words', () => {
  const texts = tracked.filter(
    (path) =>
      PARTS.some((part) => path === part || path.startsWith(`${part}/`)) &&
      !/\.(png|jpg|svg|ico|woff2)$|^test\/(support\/retired-words|architecture\.spec)\.ts$/.test(path),
  );

  it.each(PARTS)('of %s are the field’s own', (part) => {
    const found = texts
      .filter((path) => path === part || path.startsWith(`${part}/`))
      .flatMap((path) => retiredWords(readFileSync(path, 'utf8')).map((word) => `${path}:${word}`));
    expect(found).toEqual([]);
  });

  it('of every file and folder are, too', () => {
    expect(tracked.filter((path) => retiredWords(path.replaceAll(/[-_./]/g, ' ')).length > 0)).toEqual([]);
  });
});

describe('a violation', () => {
  it('is found: a module that imports one above it', () => {
    expect(
      forbiddenImports('src/songs/song.schema.ts', "import { x } from '../albums/album.schema.js';"),
    ).toEqual(['songs imports albums']);
  });

  it('is found: a module that imports one nobody knows', () => {
    expect(forbiddenImports('src/songs/song.schema.ts', "import { x } from '../extras/x.js';")).toEqual([
      'songs imports extras',
    ]);
  });

  it.each([
    '// The house opens its doors.',
    'class SongNewsService {}',
    'const theJudge = 1;',
    'function tellNews() {}',
  ])('is found: a retired word in %s', (text) => {
    expect(retiredWords(text).length).toBeGreaterThan(0);
  });

  it('is not seen in a name that has to stay', () => {
    expect(retiredWords("join(folder, 'house.lock'); const greenhouses = 'newsletter';")).toEqual([]);
  });
});
