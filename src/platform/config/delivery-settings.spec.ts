import { Config } from './config.js';

const PROTECTED = {
  DATA_DIR: '/nowhere',
  STREAM_PROTECTION: 'ticket',
  STREAM_TICKET_SECRETS: 'a-secret-of-more-than-32-characters',
};
const R2 = 'https://account.r2.cloudflarestorage.com';

describe('STREAM_PROTECTION=ticket', () => {
  it.each([
    ['Cloudinary', { CDN_BASE_URL: 'https://res.cloudinary.com/demo/raw/upload' }],
    ['Cloudinary, spelt another way', { CDN_BASE_URL: 'HTTPS://Res.Cloudinary.com/demo/raw/upload/' }],
    [
      'Cloudinary by a name of its own',
      { CLOUDINARY_DELIVERY_URL: 'https://a.test', CDN_BASE_URL: 'https://a.test/x' },
    ],
    ['the bucket', { S3_ENDPOINT: R2, CDN_BASE_URL: `${R2}/music` }],
  ])('is refused at start when %s delivers, because it checks no tickets', (_, env) => {
    expect(() => Config.load({ ...PROTECTED, ...env })).toThrow(
      /STREAM_PROTECTION=ticket cannot work with a CDN_BASE_URL/,
    );
    expect(() => Config.load({ DATA_DIR: '/nowhere', ...env })).not.toThrow();
  });

  it.each(['https://cdn.example.com/media', 'https://res.cloudinary.com.example.com/media'])(
    'works with the CDN %s',
    (url) => {
      expect(() => Config.load({ ...PROTECTED, CDN_BASE_URL: url })).not.toThrow();
    },
  );

  it('works without a CDN', () => {
    expect(() => Config.load(PROTECTED)).not.toThrow();
  });
});
