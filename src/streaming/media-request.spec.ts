import { contentTypeOf } from '../platform/storage/content-type.js';
import { validatorsOf } from './media-headers.js';
import { mediaKind, mediaRequest } from './media-request.js';

const SONG = 'songs/65f0c0ffee65f0c0ffee65f0';

describe('mediaRequest', () => {
  it.each([
    [`${SONG}/gabc123def/master.m3u8`, 'master', 'application/vnd.apple.mpegurl'],
    [`${SONG}/gabc123def/64k/playlist.m3u8`, 'playlist', 'application/vnd.apple.mpegurl'],
    [`${SONG}/gabc123def/320k/segment-00000.ts`, 'segment', 'video/mp2t'],
    [`${SONG}/gabc123def/320k/segment-00000.m4s`, 'segment', 'audio/mp4'],
    [`${SONG}/gabc123def/128k/init.mp4`, 'segment', 'audio/mp4'],
    [`${SONG}/gabc123def/peaks.json`, 'peaks', 'application/json'],
    [`${SONG}/original-0123456789abcdef.flac`, 'original', 'audio/flac'],
    [`${SONG}/artwork-0123456789abcdef/300.webp`, 'artwork', 'image/webp'],
    [`${SONG}/artwork-0123456789abcdef/300.jpg`, 'artwork', 'image/jpeg'],
  ])('accepts %s', (key, kind, contentType) => {
    expect(mediaRequest(`/media/${key}`)).toMatchObject({ key, ticket: undefined });
    expect(mediaKind(key)).toBe(kind);
    expect(contentTypeOf(key)).toBe(contentType);
  });

  it.each([
    '/media/',
    '/media',
    '/',
    '',
    '/MEDIA/' + SONG + '/gabc123def/master.m3u8',
    `/media//${SONG}/gabc123def/master.m3u8`,
    `/media/${SONG}/gabc123def/master.m3u8/`,
    `/media/${SONG}/gabc123def/../gabc123def/master.m3u8`,
    `/media/${SONG}%2Fgabc123def/master.m3u8`,
    `/media/%73ongs/65f0c0ffee65f0c0ffee65f0/gabc123def/master.m3u8`,
    `/media/${SONG}/gabc123def/master.m3u8%00`,
    `/media/${SONG}/gabc123def/master.m3u8\n`,
    '/media/.incoming/x',
    `/media/${SONG}/gabc123def/64k/peaks.json`,
    `/media/${SONG}/peaks.json`,
    `/media/${SONG}/gabc123def/master%252em3u8`,
    `/media/t/a.b/${SONG}/artwork-0123456789abcdef/300.webp`,
    `/media/t/${SONG}/gabc123def/master.m3u8`,
    `/media/t/a.b/t/a.b/${SONG}/gabc123def/master.m3u8`,
    `/media/t/a.b//${SONG}/gabc123def/master.m3u8`,
  ])('refuses %j', (path) => {
    expect(mediaRequest(path)).toBeUndefined();
  });
});

describe('contentTypeOf an original', () => {
  it.each(['html', 'svg', 'js', 'xml', 'pdf', 'exe'])(
    'is never executable in a browser for the extension .%s',
    (extension) => {
      expect(contentTypeOf(`${SONG}/original-0123456789abcdef.${extension}`)).toBe(
        'application/octet-stream',
      );
    },
  );
});

describe('validatorsOf', () => {
  const at = new Date('1994-11-06T08:49:37.900Z');

  it('returns the same tag in every process, whatever the modification time', () => {
    expect(validatorsOf('a/b', { bytes: 5, modifiedAt: at }).ETag).toBe(
      validatorsOf('a/b', { bytes: 5, modifiedAt: new Date() }).ETag,
    );
    expect(validatorsOf('a/b', { bytes: 5, modifiedAt: at })).toEqual({
      ETag: '"IO1IaJPj2POxLku_tX4DbD"',
      'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT',
    });
  });

  it('returns different tags for different keys, sizes and codings', () => {
    const tags = [
      validatorsOf('a/b', { bytes: 5, modifiedAt: at }),
      validatorsOf('a/c', { bytes: 5, modifiedAt: at }),
      validatorsOf('a/b', { bytes: 6, modifiedAt: at }),
      validatorsOf('a/b', { bytes: 5, modifiedAt: at }, true),
    ].map(({ ETag }) => ETag);
    expect(new Set(tags).size).toBe(4);
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]+"$/);
  });
});
