import { describe, expect, it } from '@jest/globals';
import { channelName } from './channel-name.js';

describe('a channel', () => {
  it('is another one for another database of the same Redis', () => {
    expect(channelName('redis://127.0.0.1:6379/7', 'news')).toBe('7:news');
  });

  it.each(['redis://127.0.0.1', 'redis://:secret@127.0.0.1:6379/', 'rediss://redis.example.com/0'])(
    'has its plain name in the first database, %s',
    (url) => {
      expect(channelName(url, 'news')).toBe('news');
    },
  );
});
