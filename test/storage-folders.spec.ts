import { albumMedia } from '../src/albums/album-media.js';
import { songMedia } from '../src/songs/media/song-media.js';
import { MEDIA_FOLDERS } from '../src/platform/storage/storage-key.js';

describe('the top folders of the store', () => {
  it('contain every key of songs and albums, so that the sweep of unfinished uploads covers them', () => {
    const keys = [
      songMedia.all('1'),
      songMedia.newArtwork('1'),
      albumMedia.all('1'),
      albumMedia.newArtwork('1'),
    ];
    for (const key of keys) expect(MEDIA_FOLDERS.some((folder) => key.startsWith(folder))).toBe(true);
  });
});
