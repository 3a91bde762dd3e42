import crypto from 'crypto';
import media from 'media-path.js';

/** Tickets this edge makes for its own questions, seconds. */
const OWN_TICKET_SECONDS = 300;
const PREFIX = '/media/';
const secrets = (process.env.STREAM_TICKET_SECRETS || '').split(',').filter(Boolean);
const protects = process.env.STREAM_PROTECTION === 'ticket';

const now = () => Date.now() / 1000;

function signature(song, expiry, secret) {
  const digest = crypto.createHmac('sha256', secret).update(media.signedText(song, expiry)).digest();
  return digest.slice(0, 16).toString('base64url');
}

function isGenuine(request) {
  const ticket = request && request.ticket !== null && media.read(request.ticket);
  return Boolean(ticket) && secrets.some((secret) => media.same(ticket.signature, signature(request.song, ticket.expiry, secret)));
}

/** Checks the path as it was sent (nginx's own $uri is unescaped and tidied), and sends the request on without its ticket. */
function admit(r) {
  const path = r.variables.request_uri.replace(/\?.*$/, '');
  const request = path.startsWith(PREFIX) ? media.asked(path.slice(PREFIX.length)) : null;
  const code = media.refusal(request, isGenuine(request), protects, now());
  if (code) return refuse(r, code);
  r.internalRedirect(`/-/${media.kind(request.key)}/${request.key}`);
}

function refuse(r, code) {
  const refusal = media.REFUSALS[code];
  r.headersOut['Content-Type'] = 'application/json; charset=utf-8';
  r.return(refusal[0], JSON.stringify({ code: code, message: refusal[1] }));
}

/** Of an internal path, /-/<location>/<key>. */
const mediaKey = (r) => r.uri.replace(/^\/-\/[a-z-]+\//, '');

/** What the origin is asked for: with a ticket of this edge's own where one is needed. */
function originPath(r) {
  const key = mediaKey(r);
  const request = media.asked(key);
  if (!protects || !request || request.song === '') return PREFIX + key;
  const expiry = Math.floor(now()) + OWN_TICKET_SECONDS;
  return `${PREFIX}t/${expiry}.${signature(request.song, expiry, secrets[0])}/${key}`;
}

/** The form in which text is kept and asked for. A request for a part gets it of the plain one. */
function coding(r) {
  return media.kind(mediaKey(r)) === 'text' && !r.headersIn.Range && media.takesGzip(r.headersIn['Accept-Encoding']) ? 'gzip' : '';
}

export default { admit, originPath, coding, mediaKey };
