import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { makeSong } from './support/audio-fixtures.js';
import { openChromium } from './support/chromium.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { ready, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const TICKET_SECONDS = 10;
/**
 * hls.js fetches 60 s ahead of the position (HLS_SETTINGS) under the first ticket, then a segment of six seconds every
 * six seconds: eight while 50 s play, under tickets that are renewed every 7.5 s. A song of 60 s would need one ticket.
 */
const SONG_SECONDS = 120;
const HEARD_SECONDS = 50;

/** Records every audio element, its events, and its position every 100 ms. */
const WATCH = `
  const Real = window.Audio;
  window.elements = [];
  window.heard = [];
  window.samples = [];
  window.Audio = function () {
    const audio = new Real();
    window.elements.push(audio);
    for (const type of ['playing', 'waiting', 'pause', 'ended', 'error']) {
      audio.addEventListener(type, () => window.heard.push([type, performance.now() / 1000, audio.currentTime]));
    }
    return audio;
  };
  setInterval(() => {
    const audio = window.elements.find((element) => !element.paused);
    if (audio && audio.currentTime > 0) window.samples.push([performance.now() / 1000, audio.currentTime]);
  }, 100);`;

let server: TestServer;
let browser: Browser;
const folder = tempDir('web-tickets');

beforeAll(async () => {
  server = await TestServer.start({
    STREAM_PROTECTION: 'ticket',
    STREAM_TICKET_SECRETS: 'a-secret-of-more-than-32-characters',
    STREAM_TICKET_SECONDS: String(TICKET_SECONDS),
  });
  const admin = await server.admin();
  const { id } = await uploadSong(admin, await makeSong(folder, 'song.mp3', SONG_SECONDS), {
    title: 'Long Way',
  });
  await ready(admin, id, 240);
  browser = await openChromium();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

interface Heard {
  /** Tickets under which segments arrived. */
  tickets: Set<string>;
  refusals: number;
  page: Page;
}

async function play(): Promise<Heard> {
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  const heard: Heard = { tickets: new Set(), refusals: 0, page };
  await page.addInitScript(WATCH);
  page.on('response', (response) => {
    const [, ticket] = /\/t\/([^/]+)\/songs\/.*segment-\d+/.exec(response.url()) ?? [];
    if (response.status() === 200 && ticket) heard.tickets.add(ticket);
    if (response.status() === 403) heard.refusals++;
  });
  await page.goto('/songs');
  await page.getByRole('button', { name: 'Play Long Way' }).click();
  return heard;
}

/** Waits until the position has passed `seconds`. Resolves to how far it ever fell behind the clock, in seconds. */
async function playedTo(
  page: Page,
  seconds: number,
): Promise<{ behind: number; stalls: string[]; samples: number }> {
  const read = <T>(what: string) => page.evaluate(what) as Promise<T>;
  await eventually(
    async () => (await read<number[][]>('samples')).some(([, position]) => position! > seconds),
    { seconds: 2 * HEARD_SECONDS, everyMs: 500 },
  );
  const samples = await read<[number, number][]>('samples');
  const events = await read<[string, number, number][]>('heard');
  const [began, from] = samples[0]!;
  const lags = samples.filter(([, at]) => at <= seconds).map(([time, at]) => time - began - (at - from));
  const first = events.findIndex(([type]) => type === 'playing');
  const stalls = events
    .slice(first + 1)
    .filter(([type, , at]) => type !== 'playing' && at < seconds)
    .map(([type, , at]) => `${type} at ${at.toFixed(2)} s`);
  return { behind: Math.max(...lags), stalls, samples: samples.length };
}

describe('the player in a library protected by tickets', () => {
  it(
    'plays a song under several tickets without a gap',
    async () => {
      const heard = await play();
      const { behind, stalls, samples } = await playedTo(heard.page, HEARD_SECONDS);
      expect(samples).toBeGreaterThan(HEARD_SECONDS * 5);
      expect({ stalls, refusals: heard.refusals }).toEqual({ stalls: [], refusals: 0 });
      expect(behind).toBeLessThan(0.5);
      expect(heard.tickets.size).toBeGreaterThanOrEqual(3);
      await heard.page.context().close();
    },
    3 * HEARD_SECONDS * 1000,
  );

  it(
    'renews a ticket that has expired when a segment is refused, without a gap',
    async () => {
      const heard = await play();
      let allowed = false;
      // The renewal before the expiry never arrives, like on a sleeping machine.
      await heard.page.route('**/graphql', (route) =>
        !allowed && route.request().postData()?.includes('Sources') ? route.abort() : route.continue(),
      );
      await eventually(async () => heard.refusals > 0, { seconds: 40 });
      allowed = true;
      const tickets = heard.tickets.size;
      const { behind, stalls } = await playedTo(heard.page, HEARD_SECONDS);
      expect(stalls).toEqual([]);
      expect(behind).toBeLessThan(0.5);
      expect(heard.tickets.size).toBeGreaterThan(tickets);
      await heard.page.context().close();
    },
    3 * HEARD_SECONDS * 1000,
  );
});
