import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { misnamed } from './support/file-names.js';

const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => /^(src|packages\/[^/]+\/src)\/.*\.ts$/.test(path) && !path.endsWith('.spec.ts'))
  .filter((path) => existsSync(path));

describe('the architecture', () => {
  it('keeps every file named after its class and its role', () => {
    const found = sources.flatMap((path) =>
      misnamed(path, readFileSync(path, 'utf8')).map((what) => `${path} ${what}`),
    );
    expect(sources.length).toBeGreaterThan(0);
    expect(found).toEqual([]);
  });
});

describe('a file with another name', () => {
  it.each([
    ['src/users/tags.ts', 'export class TagReader {}'],
    ['src/users/tag-reader.ts', '@Injectable()\nexport class TagReader {}'],
    ['src/users/lease.ts', "@Schema({ collection: 'leases' })\nexport class Lease {}"],
    ['src/users/lease.schema.ts', '@Schema()\nexport class LeaseRecord {}'],
    [
      'src/users/lease.service.ts',
      '@Schema()\nexport class Lease {}\n\n@Injectable()\nexport class LeaseService {}',
    ],
    ['src/users/failure.ts', 'export class NotMovedError extends Error {}'],
    ['src/users/play-types.ts', 'export class PlayConnection {}\nexport class TopSong {}'],
  ])('is found: %s, which has %s', (path, text) => {
    expect(misnamed(path, text)).not.toEqual([]);
  });

  it.each([
    ['src/users/songs.service.ts', '@Injectable()\nexport class SongsService {}'],
    ['src/users/lease.service.ts', '@Injectable()\nexport class Lease {}'],
    ['src/users/account.schema.ts', '@Schema()\nexport class Account {}\nexport class AccountConnection {}'],
    [
      'src/users/media-list.ts',
      'export class NotListedError extends Error {}\nexport function mediaList() {}',
    ],
    ['src/users/connection.ts', 'export class PageInfo {}\nexport function Connection() {}'],
    ['src/users/album.input.ts', 'export class CreateAlbumInput {}\nexport class UpdateAlbumInput {}'],
    ['src/users/email.ts', 'export function checkedEmail() {}'],
  ])('is not seen in %s, which has %s', (path, text) => {
    expect(misnamed(path, text)).toEqual([]);
  });
});
