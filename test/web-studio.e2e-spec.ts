import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { makeSong } from './support/audio-fixtures.js';
import { complaintsOf, openChromium } from './support/chromium.js';
import { eventually } from './support/eventually.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { tempDir } from './support/temp-dir.js';

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const folder = tempDir('web-studio');
let complaints: string[];

beforeAll(async () => {
  server = await TestServer.start({
    LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE: '100',
    LOGIN_ATTEMPTS_PER_MINUTE: '100',
  });
  browser = await openChromium();
}, 150_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

beforeEach(async () => {
  context = await browser.newContext({ baseURL: server.url, viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  complaints = complaintsOf(page);
  await page.goto('/sign-in?to=/studio');
  await page.getByLabel('E-mail address').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).last().click();
  await page.waitForURL('/studio');
});

afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const drop = (...paths: string[]) => page.getByLabel('Files to upload').setInputFiles(paths);
const row = (text: string) =>
  page.getByRole('region', { name: 'Uploads' }).getByRole('listitem').filter({ hasText: text });

describe('an administrator in the studio', () => {
  it('uploads two files, follows the progress of each quality, and plays one', async () => {
    await drop(
      await makeSong(folder, 'first.mp3', 90),
      await makeSong(folder, 'second.mp3', 30, ['-metadata', 'title=Second']),
    );
    const percents = new Map<string, number[]>();
    const bars = page.getByRole('progressbar', { name: /^\d+k made$/ });
    await eventually(
      async () => {
        // All bars in one call: Playwright would wait for a bar that has vanished because its song is ready.
        for (const [name, value] of await bars.evaluateAll((all) =>
          all.map((bar) => [bar.getAttribute('aria-label')!, Number(bar.getAttribute('value'))] as const),
        ))
          percents.set(name, [...(percents.get(name) ?? []), value]);
        return (await page.getByText('Ready in all four qualities.').count()) === 2;
      },
      { seconds: 100 },
    );
    expect([...percents.keys()].sort()).toEqual(['128k made', '256k made', '320k made', '64k made']);
    expect(Math.max(...[...percents.values()].flat())).toBeGreaterThan(10);
    await row('Second').getByRole('link', { name: 'Listen' }).click();
    await page.getByRole('heading', { name: 'Second' }).waitFor();
    await page.locator('main').getByRole('button', { name: 'Play', exact: true }).click();
    await page
      .getByRole('region', { name: 'Player' })
      .getByRole('button', { name: /Quality: Auto · \d+k/ })
      .waitFor();
  }, 150_000);

  it('sees why a file is refused, and keeps a second copy of a duplicate', async () => {
    const words = join(folder, 'words.mp3');
    await writeFile(words, 'These are words, not sound. '.repeat(500));
    const song = await makeSong(folder, 'twice.mp3', 3, ['-metadata', 'title=Twice']);
    await drop(words, song);
    await row('words.mp3').getByRole('alert').getByText(/audio/i).waitFor();
    await row('Twice').getByText(/Taken/).waitFor();
    await drop(song);
    await row('twice.mp3').getByRole('button', { name: 'Keep a second copy' }).click();
    await eventually(async () => (await row('Twice').count()) === 2);
  }, 60_000);

  it('edits the tags of a song and sets its cover', async () => {
    await drop(await makeSong(folder, 'plain.mp3', 3, ['-metadata', 'title=Plain']));
    await row('Plain').getByText(/Taken/).waitFor();
    const cover = join(folder, 'cover.png');
    await sharp({ create: { width: 400, height: 400, channels: 3, background: '#225588' } })
      .png()
      .toFile(cover);
    await page.goto('/studio/songs');
    await page.getByRole('searchbox', { name: 'Search the songs' }).fill('plain');
    await page.getByRole('button', { name: 'Actions for Plain' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await page.getByLabel('Title').fill('Not plain');
    await page.getByLabel('Artist').fill('Somebody');
    await page.getByLabel('Cover').setInputFiles(cover);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('searchbox', { name: 'Search the songs' }).fill('not plain');
    await page.getByRole('link', { name: 'Not plain' }).click();
    await page
      .getByText(/Somebody/)
      .first()
      .waitFor();
    await eventually(() => page.evaluate('document.querySelector("main img")?.naturalWidth > 0'));
  }, 60_000);

  it('creates an album, arranges its tracks by button and drag, and publishes it', async () => {
    for (const title of ['Alpha', 'Beta'])
      await drop(
        await makeSong(folder, `${title}.mp3`, title === 'Alpha' ? 3.2 : 3.4, [
          '-metadata',
          `title=${title}`,
        ]),
      );
    for (const title of ['Alpha', 'Beta']) await row(title).getByText(/Taken/).waitFor();
    await page.goto('/studio/albums');
    await page.getByRole('button', { name: 'New album' }).click();
    await page.getByLabel('Title').fill('Letters');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('heading', { name: 'Letters' }).waitFor();
    await page.getByRole('button', { name: 'Put Beta on the album' }).click();
    await page.getByRole('region', { name: 'Tracks' }).getByText('Beta').waitFor();
    // Alpha is dragged in front of Beta.
    const [from, to] = await Promise.all([
      page.getByRole('button', { name: 'Drag Alpha' }).boundingBox(),
      page.getByRole('button', { name: 'Move Beta' }).boundingBox(),
    ]);
    await page.mouse.move(from!.x + 15, from!.y + 15);
    await page.mouse.down();
    await page.mouse.move(from!.x - 40, from!.y, { steps: 4 });
    await page.mouse.move(to!.x + 15, to!.y + 12, { steps: 10 });
    await page.mouse.up();
    const tracks = () => page.getByRole('region', { name: 'Tracks' }).getByRole('listitem').allInnerTexts();
    await eventually(async () => /Alpha[\s\S]*Beta/.test((await tracks()).join(' ')));
    await page.getByRole('button', { name: 'Bring it out' }).click();
    await page.getByText('It is out.').waitFor();
    await page.goto('/albums');
    await page.getByRole('link', { name: /Letters/ }).click();
    await page.getByRole('list', { name: 'Tracks' }).getByRole('link', { name: 'Alpha' }).waitFor();
  }, 60_000);

  it('sees the health of the dependencies, storage by quality and the remaining capacity', async () => {
    await page.goto('/studio/health');
    await page.getByRole('region', { name: 'Dependencies' }).getByText('Redis').waitFor();
    await page
      .getByRole('region', { name: 'Storage by quality' })
      .getByRole('row', { name: /^320k/ })
      .waitFor();
    await page
      .getByText(/songs left/)
      .first()
      .waitFor();
  });

  it('deletes a song after confirming', async () => {
    await drop(await makeSong(folder, 'gone.mp3', 3.7, ['-metadata', 'title=Gone']));
    await row('Gone').getByText(/Taken/).waitFor();
    await page.goto('/studio/songs');
    await page.getByRole('button', { name: 'Actions for Gone' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await page.getByText('“Gone” is deleted.').waitFor();
    await eventually(async () => (await page.getByRole('link', { name: 'Gone' }).count()) === 0);
  });

  it('is asked to sign in again at once when the session is ended by another client', async () => {
    const opening = page.waitForEvent('websocket');
    await page.goto('/studio/songs');
    const socket = await opening;
    // The server has acknowledged the socket, which is bound to the session from now on.
    await socket.waitForEvent('framereceived');
    await (await server.admin()).ask('mutation { logoutEverywhere }');
    await page.getByRole('heading', { name: 'The studio is for administrators' }).waitFor();
    expect(socket.isClosed()).toBe(true);
  });
});

describe('an anonymous listener', () => {
  it('has no access to the studio', async () => {
    await context.clearCookies();
    await page.goto('/studio');
    await page.getByRole('heading', { name: 'The studio is for administrators' }).waitFor();
  });
});
