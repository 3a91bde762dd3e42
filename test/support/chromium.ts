import { chromium, type Browser, type Page } from 'playwright-core';

/** Debian's Chromium; CHROMIUM_PATH names another one. */
const PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Chromium sends no background requests to the internet, and pages may start audio without a click. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
  '--hide-scrollbars',
  '--font-render-hinting=none',
];

/** A real browser, started and ended by a test. */
export const openChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: PATH, args: ARGUMENTS });

/**
 * What this page complains of from now on: violations of the Content-Security-Policy, script errors and failed requests.
 * The list grows while the page is open.
 */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}
