import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { makeSong } from './support/audio-fixtures.js';
import { openChromium } from './support/chromium.js';
import { openFrontProxy } from './support/front-proxy.js';
import { eventually } from './support/eventually.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { tempDir } from './support/temp-dir.js';

const MEBIBYTE = 1024 ** 2;
/** 1.41 Mbit/s. */
const PCM = ['-c:a', 'pcm_s16le', '-ar', '44100', '-ac', '2'];

const folder = tempDir('web-large-files');
let server: TestServer;
let proxy: Awaited<ReturnType<typeof openFrontProxy>>;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
  proxy = await openFrontProxy(server.url);
  browser = await openChromium();
  context = await browser.newContext({ baseURL: proxy.url });
  page = await context.newPage();
  await page.goto('/sign-in?to=/studio');
  await page.getByLabel('E-mail address').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).last().click();
  await page.waitForURL('/studio');
}, 150_000);

afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await server?.close();
});

const drop = (path: string) => page.getByLabel('Files to upload').setInputFiles([path]);
const row = (text: string) =>
  page.getByRole('region', { name: 'Uploads' }).getByRole('listitem').filter({ hasText: text });
const sentBy = (request: Request) =>
  Number(request.headers()['content-length'] ?? request.postDataBuffer()?.length ?? 0);

describe('uploading in the studio behind a proxy that takes 1 MB a request', () => {
  it('sends a large file in parts and resumes after a broken connection and a reload', async () => {
    const path = await makeSong(folder, 'large.wav', 60, PCM);
    const { size } = await stat(path);
    expect(size).toBeGreaterThan(5 * MEBIBYTE);
    let parts = 0;
    await page.route('**/uploads/*', async (route) => {
      if (route.request().method() !== 'PATCH' || sentBy(route.request()) > MEBIBYTE) return route.continue();
      parts += 1;
      if (parts === 2) return route.abort('connectionreset');
      if (parts < 5) return route.continue();
      // The fifth part is never answered: the page is reloaded meanwhile.
    });
    await drop(path);
    await eventually(async () => parts === 5, { seconds: 40 });
    expect(Number(await row('large.wav').getByRole('progressbar').getAttribute('value'))).toBeGreaterThan(
      0.2,
    );
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    page.once('dialog', (dialog) => void dialog.accept());
    await page.goto('/studio');
    const offsets: number[] = [];
    page.on('request', (request) => {
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
    });
    await drop(path);
    await row('large').getByText('Taken').waitFor({ timeout: 60_000 });
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(3 * MEBIBYTE);
  }, 150_000);

  it('sends a smaller file in parts after the proxy has refused it as one request', async () => {
    const path = await makeSong(folder, 'smaller.wav', 15, PCM);
    expect((await stat(path)).size).toBeLessThan(5 * MEBIBYTE);
    const [refusal] = await Promise.all([
      page.waitForResponse((response) => response.status() === 413),
      drop(path),
    ]);
    expect(refusal.url()).toContain('/graphql');
    await row('smaller').getByText('Taken').waitFor({ timeout: 60_000 });
  }, 90_000);

  it('removes the sent parts from the server when a large file is stopped', async () => {
    await page.route('**/uploads/*', (route) =>
      route.request().method() === 'PATCH' ? undefined : route.continue(),
    );
    await drop(await makeSong(folder, 'unwanted.wav', 65, PCM));
    const [removal] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'DELETE'),
      (async () => {
        await page.waitForRequest((request) => request.method() === 'PATCH');
        await page.getByRole('button', { name: 'Stop unwanted.wav' }).click();
      })(),
    ]);
    expect(removal.status()).toBe(204);
    await row('unwanted.wav').getByText('Stopped').waitFor();
  }, 60_000);
});
