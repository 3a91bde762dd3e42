/**
 * Which path asks for what: the same answers as the server's src/streaming/media-request.ts, for the edges that cannot
 * ask it. Plain ES2015 without named exports, because njs 0.7 takes nothing newer. deploy/edge/vectors.json is shared by
 * the tests of all three.
 */

const SOUND = new RegExp(
  '^(songs/[0-9a-f]{24}/)(?:original-[0-9a-f]{16}\\.[a-z0-9]{2,4}|' +
    'g[0-9a-z]{6,20}/(?:master\\.m3u8|peaks\\.json|\\d{2,3}k/(?:playlist\\.m3u8|segment-\\d{5}\\.(?:ts|m4s)|init\\.mp4)))$',
);
const COVER = /^(?:songs|albums)\/[0-9a-f]{24}\/artwork-[0-9a-f]{16}\/\d{2,4}\.(?:webp|jpg)$/;
const TICKET = /^([1-9]\d{9})\.([A-Za-z0-9_-]{22})$/;

/**
 * `path` as it was sent, without prefix and query: `<key>` or `t/<ticket>/<key>`. null when nothing public is asked for;
 * otherwise { key, song, ticket }: `song` is '' for covers, `ticket` null when there is none.
 */
function asked(path) {
  const parts = /^t\/([^/]*)\/(.*)$/.exec(path);
  const ticket = parts ? parts[1] : null;
  const key = parts ? parts[2] : path;
  const sound = SOUND.exec(key);
  if (sound) return { key: key, song: sound[1], ticket: ticket };
  return COVER.test(key) && ticket === null ? { key: key, song: '', ticket: null } : null;
}

/** What a ticket's signature covers; its HMAC-SHA256 is cut to 16 bytes and written as base64url. */
function signedText(song, expiry) {
  return 'ticket.v1\n' + expiry + '\n' + song;
}

/** { expiry, signature } of a ticket in its one canonical spelling, or null. */
function read(ticket) {
  const parts = TICKET.exec(ticket);
  return parts ? { expiry: parts[1], signature: parts[2] } : null;
}

/** In a time that depends on the lengths only. */
function same(a, b) {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % (b.length || 1));
  return difference === 0;
}

/** HTTP status and sentence of every refusal, as the server words them. */
const REFUSALS = {
  NOT_FOUND: [404, 'This media file does not exist.'],
  TICKET_MISSING: [403, 'This song plays only from the addresses that hlsSources answers.'],
  TICKET_INVALID: [403, 'This address was not made for this song: ask hlsSources for its addresses.'],
  TICKET_EXPIRED: [403, 'This address has expired: ask hlsSources for a new one.'],
};

/**
 * The code of a refusal, or '' when the request may pass. `genuine`: whether the ticket's signature is one of ours, given
 * by the caller, who has the cryptography. `protects`: whether protection is on; `now`: Unix seconds.
 */
function refusal(request, genuine, protects, now) {
  if (!request) return 'NOT_FOUND';
  if (request.song === '') return '';
  if (!protects) return request.ticket === null || genuine ? '' : 'NOT_FOUND';
  if (request.ticket === null) return 'TICKET_MISSING';
  if (!genuine) return 'TICKET_INVALID';
  return Number(read(request.ticket).expiry) > now ? '' : 'TICKET_EXPIRED';
}

/** "text" is what a client may want gzipped. */
function kind(key) {
  return /\.(?:m3u8|json)$/.test(key) ? 'text' : /\/original-/.test(key) ? 'original' : 'bytes';
}

/** Whether an Accept-Encoding takes gzip (RFC 9110 12.5.3). */
function takesGzip(header) {
  return (header || '').split(',').some(function (item) {
    const parts = item.split(';');
    const quality = /^\s*q=([\d.]+)\s*$/i.exec(parts[1] || 'q=1');
    return /^\s*gzip\s*$/i.test(parts[0]) && quality !== null && Number(quality[1]) > 0;
  });
}

export default { asked, signedText, read, same, refusal, REFUSALS, kind, takesGzip };
