import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openChromium } from './support/chromium.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { fillShowcase } from './support/showcase.js';
import { tempDir } from './support/temp-dir.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DIST = 'web/dist';
/** Finds elements whose box or text extends beyond the right edge of the screen and cannot be scrolled to. */
const OUTSIDE = `[...document.querySelectorAll('#root *')]
  .filter((each) => each.checkVisibility() && !each.closest('[aria-hidden=true], .sr-only, [class*="overflow-x-auto"]'))
  .filter((each) => {
    const { left, right, width } = each.getBoundingClientRect();
    const hasText = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const text = hasText && getComputedStyle(each).overflowX === 'visible' ? left + each.scrollWidth : 0;
    return width > 0 && Math.max(right, text) > innerWidth + 1;
  })
  .map((each) => each.tagName + ' ' + (each.getAttribute('aria-label') ?? each.textContent).slice(0, 30))
  .slice(0, 4)`;
const KILOBYTE = 1_000;

let server: TestServer;
let browser: Browser;
const folder = tempDir('web-quality');
let paths: Record<string, string>;

beforeAll(async () => {
  server = await TestServer.start({
    WORKER: 'none',
    LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE: '100',
    LOGIN_ATTEMPTS_PER_MINUTE: '100',
  });
  const { songs, albumIds, playlistId } = await fillShowcase(await server.admin(), folder, { records: 3 });
  paths = {
    home: '/',
    search: '/search?q=low',
    songs: '/songs',
    song: `/songs/${songs[0]!.id}`,
    albums: '/albums',
    album: `/albums/${albumIds[0]}`,
    playlists: '/playlists',
    playlist: `/playlists/${playlistId}`,
    account: '/account',
    upload: '/studio',
    table: '/studio/songs',
    'album editor': `/studio/albums/${albumIds[0]}`,
    health: '/studio/health',
  };
  browser = await openChromium();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens a signed-in page. It bypasses the Content-Security-Policy, because axe is injected as a script. */
async function signedIn(
  colorScheme: 'light' | 'dark',
  width: number,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({
    baseURL: server.url,
    colorScheme,
    viewport: { width, height: 900 },
    bypassCSP: true,
  });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).last().click();
  await page.waitForURL('/');
  return { context, page };
}

interface Finding {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

describe.each([
  ['light', 1440],
  ['dark', 1440],
  ['light', 360],
] as const)('accessibility in %s at %p pixels', (colorScheme, width) => {
  it('axe finds no serious violation on any page', async () => {
    const { context, page } = await signedIn(colorScheme, width);
    const serious: string[] = [];
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path);
      await page.waitForLoadState('networkidle');
      await page.evaluate(AXE);
      const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
        violations: Finding[];
      };
      for (const { id, impact, nodes } of violations)
        if (impact === 'serious' || impact === 'critical')
          serious.push(
            `${name}: ${id}: ${nodes
              .map(
                ({ target, failureSummary }) => `${target.join(' ')} ${failureSummary.split('\n')[1] ?? ''}`,
              )
              .slice(0, 3)
              .join(' | ')}`,
          );
    }
    await context.close();
    expect(serious).toEqual([]);
  }, 120_000);
});

describe('a phone', () => {
  it('shows every page without overflow, also with a very long word', async () => {
    const word = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(3);
    const admin = await server.admin();
    const id = (name: string) => paths[name]!.split('/').at(-1);
    await admin.ask(
      'mutation ($id: ID!, $w: String!) { updateSong(id: $id, input: { title: $w, artist: $w, genre: "Ska" }) { id } }',
      {
        id: id('song'),
        w: word,
      },
    );
    await admin.ask(
      'mutation ($id: ID!, $w: String!) { updateAlbum(id: $id, input: { title: $w, artist: $w }) { id } }',
      {
        id: id('album'),
        w: word,
      },
    );
    await admin.ask(
      'mutation ($id: ID!, $w: String!) { updatePlaylist(id: $id, input: { title: $w }) { id } }',
      {
        id: id('playlist'),
        w: word.slice(0, 100),
      },
    );
    const outside: string[] = [];
    const { context, page } = await signedIn('light', 320);
    for (const width of [320, 414]) {
      await page.setViewportSize({ width, height: 900 });
      for (const [name, path] of Object.entries({ ...paths, results: `/search?q=${word.slice(0, 12)}` })) {
        await page.goto(path);
        await page.waitForLoadState('networkidle');
        for (const found of (await page.evaluate(OUTSIDE)) as string[])
          outside.push(`${name} at ${width}: ${found}`);
        if (process.env.SCREENSHOTS)
          await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}-${width}.png`) });
      }
    }
    await context.close();
    expect(outside).toEqual([]);
  }, 120_000);
});

describe('loading the web app', () => {
  it('shifts no layout by more than 0.1 on any page', async () => {
    const { context, page } = await signedIn('light', 1440);
    await page.addInitScript(`window.shifted = 0; new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value; }).observe({ type: 'layout-shift', buffered: true })`);
    const jumps: Record<string, number> = {};
    for (const name of ['home', 'songs', 'song', 'albums', 'album', 'playlist']) {
      await page.goto(paths[name]!);
      await page.waitForLoadState('networkidle');
      jumps[name] = Number(await page.evaluate('window.shifted'));
    }
    await context.close();
    // "Good" is up to 0.1 (web.dev, Cumulative Layout Shift).
    expect(Object.entries(jumps).filter(([, value]) => value > 0.1)).toEqual([]);
  }, 60_000);

  it('reserves space for every picture by width and height', async () => {
    const { context, page } = await signedIn('light', 1440);
    await page.goto('/');
    await page.waitForLoadState('networkidle');
    const sizes = (await page.evaluate(
      '[...document.images].map((i) => [i.getAttribute("width"), i.getAttribute("height")])',
    )) as [string, string][];
    await context.close();
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.filter(([width, height]) => !Number(width) || !Number(height))).toEqual([]);
  }, 60_000);

  it('needs less than 150 kB of script for the first page, without the player', () => {
    const initial = initialScripts();
    const weight = initial.reduce((sum, file) => sum + statSync(join(DIST, `${file}.gz`)).size, 0);
    expect(weight).toBeLessThan(150 * KILOBYTE);
    expect(initial.filter((file) => /hls/.test(file))).toEqual([]);
    expect(readdirSync(join(DIST, 'assets')).some((file) => /^hls.*\.js$/.test(file))).toBe(true);
  });
});

/** The scripts that index.html names, and their static imports. */
function initialScripts(): string[] {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  const found = new Set(
    [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]!),
  );
  for (const file of found) {
    const text = readFileSync(join(DIST, file), 'utf8');
    for (const [, imported] of text.matchAll(/(?:^|[;}\n])import(?:[^"'()]*?from)?["']\.\/([^"']+\.js)["']/g))
      found.add(`assets/${imported}`);
  }
  return [...found];
}
