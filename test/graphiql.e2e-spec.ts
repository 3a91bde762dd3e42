import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openChromium } from './support/chromium.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { tempDir } from './support/temp-dir.js';

/** The Accept header that Chromium sends for a typed address. */
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const SLOW_PAGE = { timeout: 60_000 };

let development: TestServer;
let production: TestServer;
let asked: TestServer;

beforeAll(async () => {
  [development, production, asked] = await Promise.all([
    TestServer.start({ WORKER: 'none' }),
    TestServer.start({ WORKER: 'none', NODE_ENV: 'production' }),
    TestServer.start({ WORKER: 'none', NODE_ENV: 'production', GRAPHIQL: 'true' }),
  ]);
});
afterAll(() => Promise.all([development, production, asked].map((server) => server?.close())));

const open = (server: TestServer, headers: Record<string, string> = {}, path = '/graphql') =>
  fetch(server.url + path, { headers: { accept: BROWSER, ...headers } });

const policyOf = (response: Response) =>
  new Map(
    response.headers
      .get('content-security-policy')!
      .split('; ')
      .map((each) => [each.split(' ')[0], each.split(' ').slice(1)] as const),
  );

/** The URLs that a page loads. */
const loadedBy = (html: string) => [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);

describe('a browser that opens /graphql', () => {
  it('gets GraphiQL in development, loaded from this server only', async () => {
    const response = await open(development);
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(html).toContain('<title>GraphiQL');
    const scripts = loadedBy(html).filter((url) => url.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    expect(loadedBy(html).filter((url) => !/^\/[^/]/.test(url))).toEqual([]);
    expect(html).not.toMatch(/<script(?![^>]* src=)/);
  });

  it('gets it under the web app’s policy, with inline styles and fonts but no inline script or frame', async () => {
    const [editor, page] = [policyOf(await open(development)), policyOf(await open(development, {}, '/'))];
    expect(editor.get('script-src')).toEqual(["'self'"]);
    expect(editor.get('frame-ancestors')).toEqual(["'none'"]);
    expect(editor.get('require-trusted-types-for')).toEqual(["'script'"]);
    const granted = [...editor].flatMap(([directive, sources]) =>
      sources
        .filter((source) => !page.get(directive)?.includes(source))
        .map((source) => `${directive} ${source}`),
    );
    expect(granted).toEqual(["style-src 'unsafe-inline'", 'font-src data:']);
    expect(page.get('style-src')).toEqual(["'self'"]);
  });

  it('gets the other headers of the web app, and revalidates the page each time', async () => {
    const response = await open(development);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-cache',
      vary: expect.stringContaining('Accept'),
    });
    const again = await open(development, { 'if-none-match': response.headers.get('etag')! });
    expect(again.status).toBe(304);
  });

  it('caches the files of GraphiQL permanently, compressed ahead of time', async () => {
    const html = await (await open(development)).text();
    const files = loadedBy(html).filter((url) => url.startsWith('/graphiql/'));
    expect(files).toContainEqual(expect.stringMatching(/\.css$/));
    for (const url of files) {
      const file = await open(development, { 'accept-encoding': 'gzip' }, url);
      expect(file.status).toBe(200);
      expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(file.headers.get('content-encoding')).toBe('gzip');
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('gets no GraphiQL in production', async () => {
    const response = await open(production);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toMatch(/<script|GraphiQL/);
    const [script] = loadedBy(await (await open(development)).text()).filter((url) =>
      url.startsWith('/graphiql/'),
    );
    expect((await open(production, {}, script)).status).toBe(404);
    expect((await open(production, {}, '/graphiql/')).status).toBe(404);
  });

  it('gets GraphiQL in production with GRAPHIQL=true', async () => {
    const response = await open(asked);
    expect(await response.text()).toContain('<title>GraphiQL');
    expect(policyOf(response).get('script-src')).toEqual(["'self'"]);
  });
});

describe('GraphQL over HTTP beside GraphiQL', () => {
  const VIEWER = '/graphql?query=%7Bviewer%7Bid%7D%7D';

  it.each(['*/*', 'application/json', 'application/graphql-response+json', `application/json, ${BROWSER}`])(
    'answers a GET that accepts %s in JSON',
    async (accept) => {
      const response = await open(development, { accept, 'apollo-require-preflight': 'true' }, VIEWER);
      expect(await response.json()).toEqual({ data: { viewer: null } });
      expect(response.headers.get('content-security-policy')).toBeNull();
      expect(response.headers.get('cache-control')).toBe('no-store');
    },
  );

  it('answers a POST in JSON, whatever its Accept header says', async () => {
    const response = await fetch(`${development.url}/graphql`, {
      method: 'POST',
      headers: { accept: BROWSER, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { id } }' }),
    });
    expect(await response.json()).toEqual({ data: { viewer: null } });
  });
});

it('a server without a built GraphiQL says how to build it', async () => {
  const folder = tempDir('unbuilt');
  const unbuilt = await TestServer.start({ WORKER: 'none', WEB_DIST_DIR: folder });
  const response = await open(unbuilt);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('npm run build -w web');
  await unbuilt.close();
});

describe('GraphiQL in Chromium', () => {
  let browser: Browser;
  let page: Page;
  const foreign: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await openChromium();
    page = await browser.newPage();
    await page.route(
      (url) => url.origin !== development.url,
      (route) => {
        foreign.push(route.request().url());
        return route.abort();
      },
    );
    await page.addInitScript(() => {
      const broken: string[] = [];
      Object.assign(window, { broken });
      addEventListener('securitypolicyviolation', (event) => {
        broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${development.url}/graphql`);
    await page.locator('.graphiql-query-editor .view-lines').waitFor(SLOW_PAGE);
  });
  afterAll(() => browser?.close());

  /** Replaces the editor's text and runs it. The trailing comment absorbs braces that the editor closes by itself. */
  async function run(query: string): Promise<void> {
    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText(`${query} #`);
    await page.keyboard.press('Escape');
    await page.locator('.graphiql-execute-button').click();
  }
  const answer = (text: string) =>
    page.locator('.result-window .view-lines', { hasText: text }).waitFor(SLOW_PAGE);

  it('shows the result of a query', async () => {
    await run('{ viewer { email } }');
    await answer('"viewer": null');
  });

  it('sends requests as the user who signed in to the web app', async () => {
    await page.evaluate(async ({ email, password }) => {
      const query = `mutation { login(email: "${email}", password: "${password}", carrier: COOKIE) { expiresAt } }`;
      await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
    }, ADMIN);
    await run('{ viewer { email } }');
    await answer(ADMIN.email);
  });

  it('shows the events of a subscription', async () => {
    await run('subscription { libraryChanged { __typename } }');
    await page.locator('.graphiql-execute-button[aria-label^="Stop"]').waitFor(SLOW_PAGE);
    const admin = await development.admin();
    await admin.ask('mutation { createAlbum(input: { title: "Heard" }) { id } }');
    await answer('__typename');
    await page.locator('.graphiql-execute-button').click();
  });

  it('shows the documentation of the schema', async () => {
    await page.locator('button[aria-label*="ocumentation Explorer"]').click();
    await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().click();
    await page
      .locator('.graphiql-doc-explorer')
      .getByText('viewer', { exact: true })
      .first()
      .waitFor(SLOW_PAGE);
  });

  it('loads nothing from another host and does not violate its policy', async () => {
    const broken = await page.evaluate(() => (window as unknown as { broken: string[] }).broken);
    expect({ foreign, complaints, broken }).toEqual({ foreign: [], complaints: [], broken: [] });
  });
});
