import { mkdtemp, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { openScratch } from './scratch.js';

it('openScratch removes day-old folders of other machines and keeps newer ones', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'scratch-'));
  const neighbour = join(parent, 'another-container.1');
  await mkdir(neighbour);
  await writeFile(join(neighbour, 'at-work'), '');
  await writeFile(join(neighbour, 'left'), '');
  const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
  await utimes(join(neighbour, 'left'), twoDaysAgo, twoDaysAgo);
  await openScratch(parent);
  expect(await readdir(neighbour)).toEqual(['at-work']);
  await rm(parent, { recursive: true });
});
