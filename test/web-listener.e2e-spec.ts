import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { complaintsOf, openChromium } from './support/chromium.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { ready, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

/** A person who has an account already. */
const OWNER = { email: 'owner@example.com', password: 'a long walk home' };
const PERSON = { email: 'listener@example.com', password: 'a long walk home' };

let server: TestServer;
let admin: ApiClient;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const folder = tempDir('web');
let complaints: string[];

/** Position in the song in seconds, as the slider of the player states it. */
const position = async () =>
  Number(await page.getByRole('slider', { name: 'Position', exact: true }).getAttribute('aria-valuenow'));
const nowPlaying = () => page.getByRole('region', { name: 'Player' });

beforeAll(async () => {
  server = await TestServer.start({
    REGISTRATIONS_PER_ADDRESS_AND_HOUR: '100',
    LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE: '100',
  });
  admin = await server.admin();
  const songs = [
    { title: 'Jökull', artist: 'Björg Sólveig', albumTitle: 'Sál' },
    { title: 'Estuary', artist: 'Noor Haddad', albumTitle: 'Tidal Maps' },
    { title: 'Meridian', artist: 'Noor Haddad', albumTitle: 'Tidal Maps' },
  ];
  for (const [at, tags] of songs.entries()) {
    const { id } = await uploadSong(admin, await makeSong(folder, `${at}.mp3`, 40 + at), tags);
    await ready(admin, id, 120);
  }
  await registered(OWNER);
  browser = await openChromium();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
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

async function registered({ email, password }: typeof OWNER): Promise<void> {
  await admin.ask(
    'mutation ($email: String!, $password: String!) { register(email: $email, password: $password) { expiresAt } }',
    {
      email,
      password,
    },
  );
}

async function play(title: string): Promise<void> {
  await page.goto('/songs');
  await page.getByRole('button', { name: `Play ${title}` }).click();
  await eventually(async () => (await position()) > 0.5, { seconds: 15 });
}

describe('a listener in the web app', () => {
  it('creates an account, is still signed in after a reload, and signs out', async () => {
    await page.goto('/sign-in?to=/account');
    await page.getByRole('button', { name: 'Make an account' }).click();
    await page.getByLabel('E-mail address').fill(PERSON.email);
    await page.getByLabel('Password').fill(PERSON.password);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByText(`Signed in as ${PERSON.email}`).waitFor();
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(await page.evaluate('document.cookie + JSON.stringify(localStorage)')).not.toContain(
      cookie!.value,
    );
    await page.reload();
    await page.getByText(`Signed in as ${PERSON.email}`).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
    // The device cookie stays. It marks this browser as known, but neither signs in nor names an account.
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['device']);
  });

  it('sees a message about a wrong password', async () => {
    await page.goto('/sign-in');
    await page.getByLabel('E-mail address').fill('nobody@example.com');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).last().click();
    expect(await page.getByRole('alert').innerText()).toMatch(/password/i);
  });

  it('finds a song by the beginning of a word without accents, and plays it', async () => {
    await page.goto('/search');
    await page.getByRole('searchbox').pressSequentially('jok');
    await page.getByRole('link', { name: 'Jökull' }).waitFor();
    await page.waitForURL('/search?q=jok');
    await page.getByRole('button', { name: 'Play Jökull' }).click();
    await eventually(async () => (await position()) > 1, { seconds: 15 });
    // An adaptive quality plays, not the original.
    await nowPlaying()
      .getByRole('button', { name: /Quality: Auto · \d+k/ })
      .waitFor();
    expect(await page.title()).toBe('Jökull · Björg Sólveig');
  });

  it('hears music go on while pages change, seeks in the song and skips to the next one', async () => {
    await play('Meridian');
    await page.getByRole('link', { name: 'Albums' }).first().click();
    const before = await position();
    await eventually(async () => (await position()) > before + 0.5);
    const slider = page.getByRole('slider', { name: 'Position', exact: true });
    // Not to the end, where the next song would begin.
    await slider.press('PageUp');
    await eventually(async () => (await position()) > 25);
    await slider.press('PageDown');
    await eventually(async () => (await position()) < 15);
    const box = (await slider.boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await eventually(async () => Math.abs((await position()) - 21) < 2.5);
    await nowPlaying().getByRole('button', { name: 'Next' }).click();
    await nowPlaying().getByRole('link', { name: 'Estuary' }).waitFor();
    await eventually(async () => (await position()) > 0.5, { seconds: 15 });
  });

  it('hears the next song right after the end of the previous one', async () => {
    await play('Meridian');
    await page.getByRole('slider', { name: 'Position', exact: true }).press('End');
    await nowPlaying().getByRole('link', { name: 'Estuary' }).waitFor();
    await eventually(async () => (await position()) > 0.5, { seconds: 5 });
  });

  it('pauses with the space bar, and resumes song and position after a reload', async () => {
    await play('Estuary');
    await page.locator('main').press('Space');
    await nowPlaying().getByRole('button', { name: 'Play' }).waitFor();
    const left = await position();
    await page.reload();
    await nowPlaying().getByRole('link', { name: 'Estuary' }).waitFor();
    expect(Math.abs((await position()) - left)).toBeLessThan(1);
    await nowPlaying().getByRole('button', { name: 'Play' }).click();
    await eventually(async () => (await position()) > left + 0.5, { seconds: 15 });
  });

  it('chooses a quality, which then plays', async () => {
    await play('Jökull');
    await nowPlaying()
      .getByRole('button', { name: /^Quality/ })
      .click();
    await page.getByRole('menuitemradio', { name: /^Low/ }).click();
    await page.getByRole('slider', { name: 'Position', exact: true }).press('PageUp');
    await nowPlaying()
      .getByRole('button', { name: /Quality: Low · 64k/ })
      .waitFor();
  });

  it('creates a playlist, adds songs, reorders them and removes one', async () => {
    await page.goto('/sign-in');
    await page.getByLabel('E-mail address').fill(OWNER.email);
    await page.getByLabel('Password').fill(OWNER.password);
    await page.getByRole('button', { name: 'Sign in' }).last().click();
    await page.waitForURL('/');
    await page.goto('/songs');
    for (const [at, title] of ['Jökull', 'Estuary', 'Meridian'].entries()) {
      await page.getByRole('button', { name: `More for ${title}` }).click();
      await page.getByRole('menuitem', { name: 'Add to a playlist' }).click();
      if (at === 0) {
        await page.getByLabel('Name of a new playlist').fill('Morning');
        await page.getByRole('button', { name: 'Make it' }).click();
      } else await page.getByRole('button', { name: /^Morning/ }).click();
      await page.getByText(`“${title}” was added to “Morning”.`).waitFor();
    }
    await page.goto('/playlists');
    await page.getByRole('link', { name: /Morning/ }).click();
    const titles = () =>
      page
        .getByRole('list', { name: 'Songs' })
        .getByRole('button', { name: /^Play / })
        .evaluateAll((all) => all.map((button) => button.getAttribute('aria-label')));
    await eventually(async () => (await titles()).length === 3);
    // By keyboard: Space grabs, arrows move, Space drops.
    const handle = page.getByRole('button', { name: 'Move Meridian' });
    await handle.focus();
    for (const key of ['Space', 'ArrowUp', 'ArrowUp', 'Space']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(250);
    }
    await page.getByRole('button', { name: 'Take Estuary off the playlist' }).click();
    await eventually(async () => (await titles()).join() === 'Play Meridian,Play Jökull');
    await page.reload();
    await eventually(async () => (await titles()).join() === 'Play Meridian,Play Jökull');
  });
});
