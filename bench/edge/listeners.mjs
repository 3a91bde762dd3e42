/** Which listener plays what, and how a player requests it. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

/** Seconds of buffered sound above which a player requests nothing (web/src/playback/hls-settings.ts). */
const BUFFER_SECONDS = 30;
/** A listener's connection: not accelerated, because the read-ahead of the edge races against it. */
const LINE = { roundTripMs: 20, bitsPerMs: 20_000 };
/** One play in this many jumps once. */
const SEEKS = 20;

/** A pseudo-random generator (mulberry32), so that every run has the same trace. */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `plays` of `songs`, each at one quality. The k-th song is played 1/k as often as the first (Zipf, exponent 1). */
export function trace({ songs, plays, qualities, abandoned = 0, seed = 1 }) {
  const draw = random(seed);
  const weights = songs.map((_, at) => 1 / (at + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: plays }, () => {
    let at = 0;
    for (let left = draw() * total; (left -= weights[at]) > 0; ) at++;
    return {
      song: songs[Math.min(at, songs.length - 1)],
      quality: qualities[Math.floor(draw() * qualities.length)],
      seekAt: draw() < 1 / SEEKS ? draw() : null,
      seekTo: draw(),
      /** Share of the song after which the listener skips it. */
      until: draw() < abandoned ? draw() * 0.3 : 1,
    };
  });
}

const agent = new Agent({ keepAlive: true });

/** Every listener has one connection to the edge, like a browser over HTTP/1.1 for one song. */
export class Listener {
  agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(api, compression, record) {
    Object.assign(this, { api, compression, record });
  }

  async play({ song, quality, seekAt, seekTo, until }, at) {
    const played = { at, song, quality, answers: [] };
    const master = await sourcesOf(this.api, song);
    await this.get(played, 'master', master);
    const url = new URL(`${quality}/playlist.m3u8`, master);
    const segments = segmentsIn((await this.get(played, 'playlist', url.href)).toString(), url);
    const end = segments.at(-1).start + segments.at(-1).seconds;
    let began;
    const needle = () => (began === undefined ? 0 : began.at + ((performance.now() - began.time) / 1000) * this.compression);
    let seeks = seekAt === null ? Infinity : seekAt * end;
    for (let k = 0; k < segments.length && segments[k].start < until * end; k++) {
      if (segments[k].start > seeks) {
        seeks = Infinity;
        k = Math.floor(seekTo * segments.length);
        began = undefined;
      }
      const { start, href } = segments[k];
      const early = start - needle() - BUFFER_SECONDS;
      if (began && early > 0) await sleep((early / this.compression) * 1000);
      await this.get(played, 'segment', href);
      began ??= { at: start, time: performance.now() };
    }
    this.agent.destroy();
    this.record(played);
  }

  /** Like hls.js, it retries failed requests; these do not count as HIT. */
  async get(played, kind, href, left = 5) {
    const { status, cache, coding, body } = await ask(href, { agent: this.agent, headers: { 'accept-encoding': 'gzip' } });
    if (status >= 500 && left > 0) {
      played.answers.push({ kind, cache: 'FAILED', bytes: 0 });
      await sleep(1_000);
      return this.get(played, kind, href, left - 1);
    }
    if (status !== 200) throw new Error(`${kind} answered ${status}: ${body}`);
    played.answers.push({ kind, cache, bytes: body.length });
    await sleep(LINE.roundTripMs + (body.length * 8) / LINE.bitsPerMs);
    return coding === 'gzip' ? gunzipSync(body) : body;
  }
}

async function sourcesOf(api, songId) {
  const body = JSON.stringify({ query: 'query ($id: ID!) { hlsSources(songId: $id) { masterPlaylist } }', variables: { id: songId } });
  const answer = await ask(`${api}/graphql`, { agent, method: 'POST', headers: { 'content-type': 'application/json' } }, body);
  return JSON.parse(answer.body).data.hlsSources.masterPlaylist;
}

/** Number of connections cut since the beginning. Like a browser, the client repeats the request once. */
export const cut = { api: 0, edge: 0 };

async function ask(href, options, content) {
  try {
    return await askOnce(href, options, content);
  } catch (error) {
    if (error.code !== 'ECONNRESET') throw error;
    cut[options.method === 'POST' ? 'api' : 'edge']++;
    return askOnce(href, options, content);
  }
}

function askOnce(href, options, content) {
  return new Promise((resolve, reject) => {
    const asking = request(href, options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, cache: response.headers['x-cache'], coding: response.headers['content-encoding'], body: Buffer.concat(chunks) }),
      );
    });
    asking.on('error', reject).end(content);
  });
}

function segmentsIn(playlist, base) {
  let start = 0;
  return [...playlist.matchAll(/#EXTINF:([\d.]+),.*\n(?:#.*\n)*(\S+)/g)].map(([, seconds, name]) => {
    const segment = { start, seconds: Number(seconds), href: new URL(name, base).href };
    start += segment.seconds;
    return segment;
  });
}
