import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Each room may open doors only to the rooms beside it. */
const DOORS: Record<string, string[]> = {
  common: [],
  config: ['common'],
  embedded: ['common', 'config'],
  http: ['common'],
  metrics: ['common', 'config'],
  storage: ['common', 'config'],
  cache: ['common', 'config', 'metrics'],
  audio: ['common', 'config'],
  artwork: ['common', 'config', 'storage'],
  users: ['common', 'config', 'cache'],
  'operation-cost': ['common', 'config', 'cache', 'users'],
  realtime: ['common', 'config', 'cache', 'metrics', 'users', 'operation-cost'],
  songs: ['realtime', 'common', 'config', 'storage', 'cache', 'artwork', 'audio', 'metrics', 'users'],
  albums: ['common', 'config', 'storage', 'artwork', 'realtime', 'users', 'songs'],
  search: ['common', 'songs', 'albums', 'users'],
  playlists: ['common', 'artwork', 'songs', 'albums', 'users'],
  plays: ['common', 'config', 'cache', 'songs', 'users'],
  transcoding: ['common', 'config', 'storage', 'cache', 'audio', 'metrics', 'songs'],
  streaming: ['common', 'config', 'storage', 'cache', 'artwork', 'metrics', 'users', 'songs', 'albums'],
  webhooks: ['common', 'config', 'metrics', 'realtime', 'songs', 'users'],
  delivery: ['common', 'config', 'storage', 'cache', 'metrics', 'users', 'songs', 'plays', 'health'],
  migration: ['common', 'config', 'storage', 'cache', 'artwork', 'songs', 'albums'],
  backup: ['common', 'config', 'embedded', 'storage', 'artwork', 'songs'],
  integrity: [
    'common',
    'config',
    'storage',
    'cache',
    'artwork',
    'metrics',
    'realtime',
    'songs',
    'albums',
    'health',
  ],
  page: ['common', 'config'],
  graphiql: ['config', 'page'],
  health: ['common', 'config', 'http', 'storage', 'cache', 'audio', 'metrics'],
  cli: [
    'common',
    'config',
    'storage',
    'songs',
    'search',
    'playlists',
    'plays',
    'streaming',
    'users',
    'albums',
    'webhooks',
    'delivery',
    'embedded',
    'migration',
    'backup',
  ],
};

/** Technology that lives behind one file. */
const BEHIND_ONE_FILE: Record<string, RegExp> = {
  "'fluent-ffmpeg'": /^audio\/ffmpeg\.ts$/,
  "'sirv'": /^page\/built-files\.ts$/,
  "'sharp'": /^artwork\/cover\.process\.ts$/,
  "'cache-manager-redis-store'": /^cache\/redis-cache-store\.ts$/,
  "'@aws-sdk/": /^storage\/s3-[a-z]+\.ts$/,
  "from 'cloudinary'": /^storage\/cloudinary-api\.ts$/,
  "'@node-rs/argon2'": /^users\/passwords\.ts$/,
  "'music-metadata'": /^songs\/upload\/tags\.process\.ts$/,
  "'mingo": /^embedded\/database\//,
  "'lmdb'": /^embedded\/database\//,
  "'@tus/server'": /^songs\/pending\/resumable-/,
  "'@tus/file-store'": /^songs\/pending\/resumable-store\.ts$/,
  'process.env': /^config\/(config|environment)\.ts$/,
};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort();
const source = new Map(files.map((path) => [path, readFileSync(join('src', path), 'utf8')]));
const roomOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : null);
const inRooms = files.filter((path) => roomOf(path));

/** Rooms a file imports from: its relative imports, resolved. */
function roomsOpenedBy(path: string): string[] {
  const imports = [...source.get(path)!.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(
    ([, target]) => target!,
  );
  const rooms = imports
    .map((target) => join(path, '..', target))
    .map((target) => roomOf(target) ?? 'the hall');
  return [...new Set(rooms)].filter((room) => room !== roomOf(path));
}

describe('the house', () => {
  it('has only rooms whose doors are known', () => {
    expect(new Set(inRooms.map(roomOf))).toEqual(new Set(Object.keys(DOORS)));
  });

  it.each(Object.keys(DOORS))('%s opens only permitted doors', (room) => {
    const opened = inRooms
      .filter((path) => roomOf(path) === room)
      .flatMap((path) => roomsOpenedBy(path).map((other) => ({ path, other })))
      .filter(({ other }) => !DOORS[room]!.includes(other));
    expect(opened).toEqual([]);
  });

  it('opens doors one way: following them never leads back', () => {
    const reachable = (room: string, seen = new Set<string>()): Set<string> => {
      for (const next of DOORS[room] ?? []) if (!seen.has(next)) reachable(next, seen.add(next));
      return seen;
    };
    expect(Object.keys(DOORS).filter((room) => reachable(room).has(room))).toEqual([]);
  });

  it.each(Object.entries(BEHIND_ONE_FILE))('keeps %s behind its own file', (technology, allowed) => {
    const users = files.filter(
      (path) => !path.endsWith('.spec.ts') && source.get(path)!.includes(technology),
    );
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((path) => !allowed.test(path))).toEqual([]);
  });

  it('has no file of more than 250 lines', () => {
    expect(files.filter((path) => source.get(path)!.split('\n').length > 251)).toEqual([]);
  });

  it('has no barrels, no forwardRef and no drawers for odds and ends', () => {
    expect(
      files.filter((path) => /(^|\/)(index\.ts|utils?|helpers?|shared|dto|interfaces)(\/|$)/.test(path)),
    ).toEqual([]);
    expect(files.filter((path) => source.get(path)!.includes('forwardRef'))).toEqual([]);
  });

  it('is mapped: docs/architecture.md names every room', () => {
    const map = readFileSync('docs/architecture.md', 'utf8');
    expect(Object.keys(DOORS).filter((room) => !map.includes(`\`${room}/\``))).toEqual([]);
  });
});
