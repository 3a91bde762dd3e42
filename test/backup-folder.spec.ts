import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupFolder, FolderRefusedError } from '../src/maintenance/backup/backup-folder.js';
import { tempDir } from './support/temp-dir.js';

let root: string;
let dataDir: string;
const path = (...below: string[]) => join(root, ...below);
const at = (folder: string) => BackupFolder.at(folder, dataDir);

beforeEach(async () => {
  root = tempDir('backup-folder');
  dataDir = path('service/data');
  await mkdir(join(dataDir, 'media/songs'), { recursive: true });
});

const refused = async (folder: string, words: RegExp) => {
  const before = (await readdir(root, { recursive: true })).toSorted();
  await expect(at(folder)).rejects.toThrow(words);
  await expect(at(folder)).rejects.toBeInstanceOf(FolderRefusedError);
  expect((await readdir(root, { recursive: true })).toSorted()).toEqual(before);
};

describe('BackupFolder, for a folder with files that are no backup', () => {
  it.each(['media/holiday.mp4', 'data-photos/1.jpg', 'data-20261101120000000/notes.txt', 'notes.txt'])(
    'is refused: %s',
    async (file) => {
      await mkdir(join(path('usb', file), '..'), { recursive: true });
      await writeFile(path('usb', file), 'mine');
      await refused(path('usb'), /is no backup and not empty \(it has .+\).+nothing was changed/);
      expect(await readFile(path('usb', file), 'utf8')).toBe('mine');
    },
  );

  it('refuses a file in place of a folder', async () => {
    await writeFile(path('usb'), 'mine');
    await refused(path('usb'), /is not a folder/);
  });
});

describe('BackupFolder, for the data folder of the service', () => {
  it.each([
    'service/data',
    'service/data/backup',
    'service/data/media',
    'service',
    'service/data/media/songs',
  ])('is refused, with what holds it and what lies in it: %s', (folder) =>
    refused(path(folder), /is, holds or lies in the folder of the service/),
  );

  it('refuses it behind symbolic links', async () => {
    await symlink(dataDir, path('link'));
    await mkdir(path('usb'));
    await symlink(join(dataDir, 'media'), path('usb/media'));
    for (const folder of ['link', 'link/new', 'usb'])
      await refused(path(folder), /is, holds or lies in the folder of the service/);
  });

  it('accepts a folder beside it', async () => {
    await expect(at(path('service/data-backup'))).resolves.toBeInstanceOf(BackupFolder);
  });
});

it('BackupFolder creates a new folder that only its owner can read', async () => {
  const folder = await at(path('usb/new'));
  await folder.make();
  await folder.begin();
  expect((await stat(path('usb/new'))).mode & 0o777).toBe(0o700);
});

it('BackupFolder accepts an empty folder or disk and leaves its mode alone', async () => {
  await mkdir(path('usb/lost+found'), { recursive: true });
  await chmod(path('usb'), 0o755);
  const folder = await at(path('usb'));
  await folder.make();
  await folder.begin();
  expect((await stat(path('usb'))).mode & 0o777).toBe(0o755);
  expect((await stat(folder.media)).mode & 0o777).toBe(0o700);
});

it('BackupFolder continues after a kill, removes partial files and keeps foreign ones', async () => {
  await (await at(path('usb'))).make();
  await (await at(path('usb'))).begin();
  await mkdir(path('usb/media/.incoming'));
  await mkdir(path('usb/data-photos'));
  await mkdir(path('usb/data-20261101120000000'));
  await writeFile(path('usb/media/.incoming/half'), 'half');
  await (await at(path('usb'))).begin();
  expect(await readdir(path('usb/media'))).toEqual([]);
  expect((await readdir(path('usb'))).toSorted()).toEqual(['data-photos', 'media', 'this-is-a-backup.txt']);
});
