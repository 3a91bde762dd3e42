import { describe, expect, it } from '@jest/globals';
import { Config } from './config.js';
import { renamedSettings } from './renamed-settings.js';

describe('a setting with its old name', () => {
  it('is read', () => {
    expect(Config.load({ REDIS_SILENCE_SECONDS: '7', PAGE_DIR: '/built' })).toMatchObject({
      REDIS_IDLE_POLL_SECONDS: 7,
      WEB_DIST_DIR: '/built',
    });
  });

  it('is ignored when the new name is set, too', () => {
    const config = Config.load({ REDIS_SILENCE_SECONDS: '7', REDIS_IDLE_POLL_SECONDS: '9' });
    expect(config.REDIS_IDLE_POLL_SECONDS).toBe(9);
  });

  it('is reported with its new name unless it is empty', () => {
    expect(renamedSettings({ REDIS_SILENCE_SECONDS: '7', PAGE_DIR: '' })).toEqual([
      'REDIS_SILENCE_SECONDS is called REDIS_IDLE_POLL_SECONDS now; the old name is read until the next release.',
    ]);
  });
});
