import { describe, expect, it } from '@jest/globals';
import { channelName } from './redis-connection.js';

describe('channelName', () => {
  it('prefixes the channel with the database number', () => {
    expect(channelName('redis://127.0.0.1:6379/7', 'events')).toBe('7:events');
  });

  it.each(['redis://127.0.0.1', 'redis://:secret@127.0.0.1:6379/', 'rediss://redis.example.com/0'])(
    'leaves the channel name as it is in database 0, %s',
    (url) => {
      expect(channelName(url, 'events')).toBe('events');
    },
  );
});
