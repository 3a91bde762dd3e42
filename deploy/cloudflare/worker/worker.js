/**
 * The edge of deploy/nginx, at Cloudflare: verifies tickets, keeps one copy of an object for all of them, and reads
 * through to an R2 bucket or to the media endpoint. README.md says how to deploy it.
 *
 * env: STREAM_PROTECTION, STREAM_TICKET_SECRETS (as the server's), PATH_PREFIX ("/" before a bucket, "/media/" before a
 * media endpoint), and either MEDIA (R2 binding) or ORIGIN (https://api.example.com).
 */
import media from '../../edge/media-path.js';

const OWN_TICKET_SECONDS = 300;
/** What Cloudflare's cache takes of one object on the free plan, bytes. */
const CACHEABLE_BYTES = 512 * 1024 ** 2;
/** Who asks for less of an original's beginning only looks at it, as Safari does with `bytes=0-1`. */
const LISTENING_BYTES = 64 * 1024;
const ALWAYS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Content-Length, Content-Range, ETag',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Timing-Allow-Origin': '*',
  'X-Content-Type-Options': 'nosniff',
};
const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
  'Access-Control-Allow-Headers': 'Range, If-Range, If-None-Match, If-Modified-Since, Cache-Control',
  'Access-Control-Max-Age': '86400',
};

export default {
  async fetch(request, env, ctx) {
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { ...ALWAYS, ...PREFLIGHT } });
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'BAD_INPUT', 'Media is only read: GET, HEAD or OPTIONS.');
    const { pathname, origin } = new URL(request.url);
    const prefix = env.PATH_PREFIX ?? '/';
    const asked = pathname.startsWith(prefix) ? media.asked(pathname.slice(prefix.length)) : null;
    const secrets = (env.STREAM_TICKET_SECRETS ?? '').split(',').filter(Boolean);
    const protects = env.STREAM_PROTECTION === 'ticket';
    const code = media.refusal(asked, await isGenuine(asked, secrets), protects, Date.now() / 1000);
    if (code) return refusal(media.REFUSALS[code][0], code, media.REFUSALS[code][1]);
    try {
      return await answer(request, `${origin}${prefix}${asked.key}`, asked, env, ctx, protects ? secrets[0] : null);
    } catch {
      return refusal(503, 'UNAVAILABLE', 'The media cannot be fetched at the moment. Try again later.');
    }
  },
};

/** `url`: of the object without its ticket, which is what the cache knows it by. */
async function answer(request, url, asked, env, ctx, secret) {
  const key = new Request(url, { headers: conditionsOf(request) });
  const cached = await caches.default.match(key);
  if (cached) return withCacheHeader(request, cached, 'HIT');
  // An original is large: a part is fetched as a part, because Safari plays nothing that answers one by the whole, and who
  // seeks does not want the hundreds of megabytes before it. A client that listens from the beginning has it stored meanwhile.
  const range = key.headers.get('Range');
  if (range && media.kind(asked.key) === 'original') {
    const part = await fetched(asked, env, secret, conditionsOf(request));
    if (part.status === 206 && listens(range)) ctx.waitUntil(kept(url, asked, env, secret));
    return withCacheHeader(request, part, 'MISS');
  }
  const whole = await fetched(asked, env, secret, new Headers());
  if (!isCacheable(whole)) return withCacheHeader(request, whole, 'MISS');
  // Stored first: the cache then cuts parts out of it and answers conditions. A segment takes milliseconds.
  if (media.kind(asked.key) !== 'original') {
    await caches.default.put(url, whole.clone());
    const stored = await caches.default.match(key);
    if (stored) return withCacheHeader(request, stored, 'MISS');
    return withCacheHeader(request, whole, 'MISS');
  }
  ctx.waitUntil(caches.default.put(url, whole.clone()));
  return withCacheHeader(request, whole, 'MISS');
}

function listens(range) {
  const [, end] = /^bytes=0-(\d*)$/.exec(range) ?? [];
  return end === '' || Number(end) >= LISTENING_BYTES - 1;
}

async function kept(url, asked, env, secret) {
  const whole = await fetched(asked, env, secret, new Headers());
  if (isCacheable(whole)) await caches.default.put(url, whole);
  else await whole.body?.cancel();
}

function isCacheable({ status, headers }) {
  return status === 200 && Number(headers.get('Content-Length')) <= CACHEABLE_BYTES;
}

function conditionsOf(request) {
  const headers = new Headers();
  for (const name of ['Range', 'If-Range', 'If-None-Match', 'If-Modified-Since']) {
    const value = request.headers.get(name);
    if (value !== null && (name !== 'Range' || request.method === 'GET')) headers.set(name, value);
  }
  return headers;
}

/** From the bucket, or from the media endpoint with a ticket of our own. Text is kept plain: Cloudflare compresses it. */
async function fetched(asked, env, secret, headers) {
  if (env.MEDIA) return fromBucket(asked.key, env.MEDIA, headers);
  const ticket = secret && asked.song !== '' ? `t/${await signed(asked.song, secret)}/` : '';
  headers.set('Accept-Encoding', 'identity');
  return fetch(`${env.ORIGIN}/media/${ticket}${asked.key}`, { headers });
}

async function fromBucket(key, bucket, headers) {
  const object = await found(key, bucket, headers);
  if (!object) return refusal(404, 'NOT_FOUND', media.REFUSALS.NOT_FOUND[1]);
  if (object instanceof Response) return object;
  const about = new Headers(ALWAYS);
  object.writeHttpMetadata(about);
  about.set('ETag', object.httpEtag);
  about.set('Accept-Ranges', 'bytes');
  if (!object.body) return new Response(null, { status: 304, headers: about });
  const { suffix, offset = suffix ? object.size - suffix : 0, length = object.size - offset } = (headers.has('Range') && object.range) || {};
  about.set('Content-Length', String(length));
  if (!headers.has('Range')) return new Response(object.body, { headers: about });
  about.set('Content-Range', `bytes ${offset}-${offset + length - 1}/${object.size}`);
  return new Response(object.body, { status: 206, headers: about });
}

/** The object, null, or 416: R2 throws at a part that lies beyond the end, and that is no failure of the bucket's. */
async function found(key, bucket, headers) {
  try {
    return await bucket.get(key, { range: headers, onlyIf: headers });
  } catch (error) {
    const object = headers.has('Range') ? await bucket.head(key) : null;
    if (!object || !isBeyond(headers.get('Range'), object.size)) throw error;
    return new Response(null, { status: 416, headers: { ...ALWAYS, 'Content-Range': `bytes */${object.size}` } });
  }
}

function isBeyond(range, size) {
  const [, start, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  return start ? Number(start) >= size : Number(last) === 0;
}

/** The answer as a listener may see it: with CORS whatever happened, and an error is kept nowhere. */
function withCacheHeader(request, { status, statusText, headers: found, body }, cache) {
  const headers = new Headers(found);
  for (const [name, value] of Object.entries(ALWAYS)) headers.set(name, value);
  if (status >= 400) headers.set('Cache-Control', 'no-store');
  headers.delete('Set-Cookie');
  headers.delete('CF-Cache-Status');
  headers.set('X-Cache', cache);
  return new Response(request.method === 'HEAD' ? null : body, { status, statusText, headers });
}

function refusal(status, code, message) {
  return Response.json({ code, message }, { status, headers: { ...ALWAYS, 'Cache-Control': 'no-store' } });
}

async function isGenuine(asked, secrets) {
  const ticket = asked && asked.ticket !== null && media.read(asked.ticket);
  if (!ticket) return false;
  const expected = await Promise.all(secrets.map((secret) => signature(asked.song, ticket.expiry, secret)));
  return expected.some((text) => media.same(ticket.signature, text));
}

async function signed(song, secret) {
  const expiry = String(Math.floor(Date.now() / 1000) + OWN_TICKET_SECONDS);
  return `${expiry}.${await signature(song, expiry, secret)}`;
}

async function signature(song, expiry, secret) {
  const bytes = (text) => new TextEncoder().encode(text);
  const key = await crypto.subtle.importKey('raw', bytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const digest = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes(media.signedText(song, expiry)))).slice(0, 16);
  return btoa(String.fromCharCode(...digest)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
