import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { makeSong } from './support/audio-fixtures.js';
import { openChromium } from './support/chromium.js';
import { eventually } from './support/eventually.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { fillShowcase } from './support/showcase.js';
import { ready, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

/** The song of the pictures that are kept for the documentation. */
const REAL_SONG = process.env.REAL_SONG ?? '.cache/real-song.mp3';
/** Pictures in docs/images are rewritten only on request, so that a test run leaves the work tree unchanged. */
const FOLDER = process.env.PICTURES === 'keep' ? 'docs/images' : undefined;
const WIDTHS = { phone: { width: 360, height: 780 }, desktop: { width: 1440, height: 900 } };

let server: TestServer;
let browser: Browser;
const folder = tempDir('showcase');
let target: string;
let paths: Record<string, string>;
let song: { id: string };

beforeAll(async () => {
  target = FOLDER ?? join(folder, 'pictures');
  await mkdir(target, { recursive: true });
  server = await TestServer.start();
  const admin = await server.admin();
  song = await uploadSong(admin, FOLDER ? REAL_SONG : await makeSong(folder, 'playing.mp3', 20), {
    title: 'Machine Wars',
    artist: 'Ari Pulkkinen',
    albumTitle: 'Copper Year',
  });
  await ready(admin, song.id);
  const { albumIds, playlistId } = await fillShowcase(
    admin,
    folder,
    FOLDER ? { lengths: 'real' } : { records: 4 },
  );
  paths = {
    home: '/',
    song: `/songs/${song.id}`,
    album: `/albums/${albumIds[0]}`,
    playlist: `/playlists/${playlistId}`,
    studio: '/studio/songs',
  };
  browser = await openChromium();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  describe.each(Object.entries(WIDTHS))('on a %s', (device, viewport) => {
    let page: Page;
    beforeAll(async () => {
      const context = await browser.newContext({
        viewport,
        colorScheme,
        baseURL: server.url,
        deviceScaleFactor: 1,
      });
      page = await context.newPage();
      await page.goto('/sign-in');
      await page.getByLabel('E-mail address').fill(ADMIN.email);
      await page.getByLabel('Password').fill(ADMIN.password);
      await page.getByRole('button', { name: 'Sign in' }).last().click();
      await page.waitForURL('/');
      await page.goto(`/songs/${song.id}`);
      await page.getByRole('button', { name: 'Play', exact: true }).first().click();
      await eventually(() => page.evaluate('document.title.startsWith("Machine Wars")'));
      await page.waitForTimeout(2500);
      await page.keyboard.press('Space');
    }, 60_000);
    afterAll(() => page.context().close());

    it.each(['home', 'song', 'album', 'playlist', 'studio'])(
      'the %s page does not overflow horizontally',
      async (view) => {
        await page.goto(paths[view]!);
        await page.waitForLoadState('networkidle');
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(overflow).toBeLessThanOrEqual(0);
        const picture = await page.screenshot({ path: join(target, `${view}-${device}-${colorScheme}.png`) });
        expect(picture.length).toBeGreaterThan(10_000);
      },
      60_000,
    );
  });
});
