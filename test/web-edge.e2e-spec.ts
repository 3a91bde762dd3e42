import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { makeTaggedSong } from './support/audio-fixtures.js';
import { openChromium } from './support/chromium.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { MisconfiguredEdge } from './support/misconfigured-edge.js';
import { NginxEdge } from './support/nginx.js';
import { ready, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

/** Milliseconds within which the player must show why nothing plays. */
const ALERT_WITHIN_MS = 10_000;

/** Records when Play was clicked and when the first alert of the player appeared, by the clock of the page. */
const WATCH = `
  window.times = {};
  addEventListener('click', () => (window.times.clicked ??= performance.now()), true);
  new MutationObserver(() => {
    if (document.querySelector('[aria-label=Player] [role=alert]')) window.times.alerted ??= performance.now();
  }).observe(document, { childList: true, subtree: true });
  const Real = window.Audio;
  window.elements = [];
  window.Audio = function () {
    const audio = new Real();
    window.elements.push(audio);
    return audio;
  };`;

const folder = tempDir('web-edge');
let server: TestServer;
let nginx: NginxEdge;
let edge: MisconfiguredEdge;
let browser: Browser;
let songId: string;

beforeAll(async () => {
  edge = await MisconfiguredEdge.open(() => nginx.url);
  server = await TestServer.start({ CDN_BASE_URL: `${edge.url}/media`, CDN_CHECK_SECONDS: '0' });
  nginx = await NginxEdge.open(server.url);
  const admin = await server.admin();
  songId = (await uploadSong(admin, await makeTaggedSong(folder, 14), { title: 'Far Away' })).id;
  await ready(admin, songId, 240);
  browser = await openChromium();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await edge?.close();
  await nginx?.close();
  await server?.close();
}, 60_000);

async function opened(
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ baseURL: server.url, ...options });
  const page = await context.newPage();
  await page.addInitScript(WATCH);
  return { context, page };
}

async function play(page: Page): Promise<void> {
  await page.goto('/songs');
  await page.getByRole('button', { name: 'Play Far Away' }).click();
}

const sounds = (page: Page) =>
  eventually(
    async () =>
      ((await page.evaluate('Math.max(...elements.map((each) => each.currentTime))')) as number) > 1,
    {
      seconds: 30,
    },
  );

/** Resolves to the sentence of the alert, which must have come in time by the clock of the page. */
async function alertText(page: Page): Promise<string> {
  const alert = page.getByRole('region', { name: 'Player' }).getByRole('alert');
  await alert.waitFor({ timeout: 4 * ALERT_WITHIN_MS });
  const { clicked, alerted } = (await page.evaluate('times')) as { clicked: number; alerted: number };
  expect(alerted - clicked).toBeLessThan(ALERT_WITHIN_MS);
  await alert.getByRole('button', { name: 'Try again' }).waitFor();
  return (await alert.getByRole('paragraph').textContent()) ?? '';
}

describe('the player with media from an edge on another origin', () => {
  it('plays the song and shows cover and waveform without violating the Content-Security-Policy', async () => {
    const { context, page } = await opened();
    const complaints: string[] = [];
    const fromEdge: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('response', (response) => {
      const { origin, pathname } = new URL(response.url());
      if (origin === edge.url && response.ok()) fromEdge.push(pathname.split('/').at(-1)!);
    });
    await play(page);
    await sounds(page);
    await page.goto(`/songs/${songId}`);
    const arrived = (name: RegExp) => fromEdge.some((each) => name.test(each));
    await eventually(async () =>
      [/^master\.m3u8$/, /segment/, /^peaks\.json$/, /\.(webp|jpg)$/].every(arrived),
    );
    const cover = page.locator('main img').first();
    await eventually(async () => cover.evaluate((image: HTMLImageElement) => image.naturalWidth > 0));
    expect(complaints).toEqual([]);
    await context.close();
  }, 90_000);

  it.each<[string, [mood: string, sentence: RegExp][]]>([
    [
      'that answers',
      [
        ['missing', /does not have the files of this song \(404\)/],
        ['refusing', /refuses to hand out this song \(403\)/],
        ['troubled', /has trouble at the moment \(503\)/],
        ['garbage', /sends of this song cannot be played/],
        ['unreadable', /does not let this page read its files/],
      ],
    ],
    [
      'that does not answer',
      [
        ['silent', /does not answer/],
        ['stuck', /very slow, or was interrupted/],
        ['broken', /cannot be reached/],
        ['silent-files', /does not answer/],
      ],
    ],
  ])(
    'shows within ten seconds what is wrong with an edge %s',
    async (_what, cases) => {
      const heard = await Promise.all(
        cases.map(async ([mood]) => {
          const { context, page } = await opened({ userAgent: `mood/${mood}` });
          await play(page);
          const sentence = await alertText(page).finally(() => context.close());
          return [mood, sentence];
        }),
      );
      expect(heard).toEqual(cases.map(([mood, sentence]) => [mood, expect.stringMatching(sentence)]));
    },
    120_000,
  );

  it('plays the original without an alert when only the playlists are missing', async () => {
    const { context, page } = await opened();
    await page.route('**/*.m3u8', (route) =>
      route.fulfill({ status: 404, headers: { 'access-control-allow-origin': '*' } }),
    );
    await play(page);
    await sounds(page);
    expect(await page.getByRole('alert').count()).toBe(0);
    await context.close();
  }, 60_000);

  it('shows that the Content-Security-Policy forbids the media', async () => {
    const { context, page } = await opened();
    await page.route(`${server.url}/songs`, async (route) => {
      const response = await route.fetch();
      const headers = {
        ...response.headers(),
        'content-security-policy': "default-src 'self'",
      };
      await route.fulfill({ response, headers });
    });
    await play(page);
    expect(await alertText(page)).toMatch(
      /security policy of this page does not allow music from 127\.0\.0\.1/,
    );
    await expect(page.getByText('could not be loaded').textContent()).resolves.toMatch(
      /^(A picture|Pictures)/,
    );
    await context.close();
  }, 90_000);

  it('plays the song by Try again once the edge has recovered', async () => {
    const { context, page } = await opened();
    let isHealthy = false;
    await page.route(`${edge.url}/**`, (route) =>
      isHealthy ? route.continue() : route.abort('namenotresolved'),
    );
    await play(page);
    expect(await alertText(page)).toMatch(/cannot be reached/);
    await page.getByText('could not be loaded').waitFor();
    isHealthy = true;
    await page.getByRole('button', { name: 'Try again' }).click();
    await sounds(page);
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.getByRole('button', { name: 'Load again' }).click();
    await page.getByText('could not be loaded').waitFor({ state: 'detached' });
    await context.close();
  }, 90_000);
});
