/** A listener with a slow connection: opens the page, presses Play, and records what was fetched and what was heard. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Latency in milliseconds that the browser adds to every answer, like a round trip in a mobile network. */
const LATENCY_MS = 100;
const SEGMENT = /\/(\d+k)\/segment-\d+\./;
/** Records the events of every <audio> element that the page creates. */
const NOTE_EVENTS = `(() => {
  const Plain = window.Audio;
  window.heard = [];
  window.Audio = function (...given) {
    const audio = new Plain(...given);
    for (const type of ['playing', 'waiting']) audio.addEventListener(type, () => window.heard.push({ type, at: performance.now() }));
    return audio;
  };
})()`;

/** Seconds from the click to sound. Every run has a fresh cache, with only the page and its player loaded. */
export async function clickToSound(browser, url, songId, kbps) {
  const { page, throttle, close } = await open(browser, url, songId);
  try {
    await throttle(kbps);
    await press(page);
    await page.waitForFunction(() => window.heard.some(({ type }) => type === 'playing'), undefined, { timeout: 60_000 });
    const [clicked, playing] = await page.evaluate('[window.clickedAt, window.heard.find(({ type }) => type === "playing").at]');
    return (playing - clicked) / 1000;
  } finally {
    await close();
  }
}

/** Plays through phases of different bandwidth. A phase settles on the quality most fetched in its last third. */
export async function listen(browser, url, songId, phases) {
  const { page, throttle, close } = await open(browser, url, songId);
  const fetched = [];
  page.on('request', (request) => {
    const quality = SEGMENT.exec(request.url())?.[1];
    if (quality) fetched.push({ quality, at: performance.now() });
  });
  try {
    const settled = [];
    for (const [at, { kbps, seconds }] of phases.entries()) {
      await throttle(kbps);
      if (at === 0) await press(page);
      const began = performance.now();
      await sleep(seconds * 1000);
      settled.push(mostOf(fetched, began + (seconds * 1000 * 2) / 3) ?? '-');
    }
    const events = await page.evaluate('window.heard.map(({ type }) => type)');
    const stalls = events.slice(events.indexOf('playing')).filter((type) => type === 'waiting').length;
    const switches = fetched.filter(({ quality }, i) => i > 0 && quality !== fetched[i - 1].quality).length;
    return { settled, stalls, switches };
  } finally {
    await close();
  }
}

async function open(browser, url, songId) {
  const context = await browser.newContext({ baseURL: url });
  const page = await context.newPage();
  await page.addInitScript(NOTE_EVENTS);
  const player = page.waitForResponse((response) => /\/hls[.-].*\.js$/.test(response.url()), { timeout: 20_000 });
  await page.goto(`/songs/${songId}`);
  await (await player).finished();
  await page.waitForLoadState('networkidle');
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const throttle = (kbps) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: LATENCY_MS,
      downloadThroughput: (kbps * 1000) / 8,
      uploadThroughput: (kbps * 1000) / 8,
    });
  return { page, throttle, close: () => context.close() };
}

async function press(page) {
  await page.evaluate('document.addEventListener("click", () => (window.clickedAt ??= performance.now()), { capture: true })');
  await page.locator('main').getByRole('button', { name: 'Play', exact: true }).click();
}

/** The quality fetched most since then, or the last one if nothing was fetched because the buffer was full. */
function mostOf(fetched, since) {
  const recent = fetched.filter(({ at }) => at >= since);
  const counted = new Map();
  for (const { quality } of recent.length ? recent : fetched.slice(-1)) counted.set(quality, (counted.get(quality) ?? 0) + 1);
  return [...counted].toSorted((a, b) => b[1] - a[1])[0]?.[0];
}
