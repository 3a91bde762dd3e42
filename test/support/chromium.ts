import { chromium, type Browser } from 'playwright-core';

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
