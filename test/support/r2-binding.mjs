/**
 * Wraps worker.js and gives it a bucket that answers as the R2 binding's documentation says: ranges and conditions from
 * headers, metadata beside the body, and an error for a range beyond the end. Every key holds the same ten bytes.
 */
import worker from './worker.js';

const BYTES = new TextEncoder().encode('0123456789');
const about = (key) => (({
	key,
	size: BYTES.length,
	httpEtag: '"ten"',
	writeHttpMetadata: (headers) => headers.set('Cache-Control', 'public, max-age=31536000, immutable')
}));

const MEDIA = {
  head: async (key) => about(key),
  async get(key, { range, onlyIf }) {
    if (onlyIf.get('If-None-Match') === '"ten"') return about(key);
    const [, start, end] = /^bytes=(\d*)-(\d*)$/.exec(range.get('Range') ?? '') ?? [];
    const offset = start === '' ? BYTES.length - Number(end) : Number(start ?? 0);
    const last = start && end ? Math.min(Number(end), BYTES.length - 1) : BYTES.length - 1;
    if (offset > last) throw new Error('get: The requested range is not satisfiable (10039)');
    const body = new Response(BYTES.slice(offset, last + 1)).body;
    return { ...about(key), body, range: { offset, length: last + 1 - offset } };
  },
};

export default { fetch: (request, env, ctx) => worker.fetch(request, { ...env, MEDIA }, ctx) };
