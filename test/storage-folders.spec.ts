import { albumMedia } from '../src/albums/album-media.js';
import { songMedia } from '../src/songs/media/song-media.js';
import { MEDIA_FOLDERS } from '../src/platform/storage/storage-key.js';

describe('the folders of the server', () => {
  it('hold everything that songs and albums keep, so that the sweep of unfinished uploads finds it', () => {
    const kept = [
      songMedia.all('1'),
      songMedia.newArtwork('1'),
      albumMedia.all('1'),
      albumMedia.newArtwork('1'),
    ];
    for (const key of kept) expect(MEDIA_FOLDERS.some((folder) => key.startsWith(folder))).toBe(true);
  });
});
