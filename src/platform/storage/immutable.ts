/** Cache-Control of everything published: a path never changes its content (RFC 8246). */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
