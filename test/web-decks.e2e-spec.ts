import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { makeSong } from './support/audio-fixtures.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { complaintsOf, openChromium } from './support/chromium.js';
import { eventually } from './support/eventually.js';
import { uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';
import { TestServer } from './support/test-server.js';

let services: SharedServices;
let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let folder: string;
let complaints: string[];

/** Position in the song in seconds, as the slider of the player states it. */
const position = async () =>
  Number(await page.getByRole('slider', { name: 'Position', exact: true }).getAttribute('aria-valuenow'));
const nowPlaying = () => page.getByRole('region', { name: 'Player' });

/** Nothing is transcoded before a test starts a worker. */
beforeAll(async () => {
  folder = tempDir('web-decks');
  services = await startSharedServices();
  server = await TestServer.start({ ...services.env, WORKER: 'none' }, 'main.js', join(folder, 'data'));
  const admin = await server.admin();
  await uploadSong(admin, await makeSong(folder, 'second.mp3', 50), { title: 'Second' });
  await uploadSong(admin, await makeSong(folder, 'fresh.mp3', 60), { title: 'Fresh' });
  browser = await openChromium();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await services?.stop();
});

beforeEach(async () => {
  context = await browser.newContext({ baseURL: server.url, viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  complaints = complaintsOf(page);
});

afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

it('a song that is skipped in its last seconds, while the next one is preloaded, is heard no longer', async () => {
  // The elements are not part of the document, so the page keeps those that it makes.
  await page.addInitScript(`
    window.elements = [];
    window.Audio = function () {
      const element = document.createElement('audio');
      window.elements.push(element);
      return element;
    };
  `);
  await page.goto('/songs');
  await page.getByRole('button', { name: 'Play Fresh' }).click();
  await eventually(async () => (await position()) > 0.5, { seconds: 15 });
  const slider = page.getByRole('slider', { name: 'Position', exact: true });
  for (const key of ['PageUp', 'ArrowUp', 'ArrowUp']) await slider.press(key);
  await eventually(() => page.evaluate<boolean>('elements.every(({ readyState }) => readyState >= 3)'));
  await nowPlaying().getByRole('button', { name: 'Next' }).click();
  await nowPlaying().getByRole('link', { name: 'Second' }).waitFor();
  await eventually(async () => (await position()) > 0.5, { seconds: 5 });
  expect(await page.evaluate('elements.filter(({ paused }) => !paused).length')).toBe(1);
});

it('a song that is not transcoded yet plays the original at once and switches to adaptive quality when that is ready, without a pause', async () => {
  let worker: TestServer | undefined;
  try {
    await page.goto('/songs');
    await page.getByRole('button', { name: 'Play Fresh' }).click();
    await nowPlaying().getByRole('button', { name: 'Quality: Original' }).waitFor();
    await eventually(async () => (await position()) > 1);
    worker = await TestServer.start(services.env, 'worker.js', join(folder, 'data'));
    await nowPlaying()
      .getByRole('button', { name: /Quality: Auto · \d+k/ })
      .waitFor({ timeout: 40_000 });
    const moved = await position();
    expect(moved).toBeGreaterThan(2);
    await eventually(async () => (await position()) > moved + 1);
  } finally {
    await page.goto('about:blank');
    await worker?.close();
  }
}, 120_000);
