import { describe, expect, it } from '@jest/globals';
import { troubleOf } from './trouble.js';

const said = (...args: Parameters<typeof troubleOf>) => troubleOf(...args).message;

describe('the message when a song does not play', () => {
  it('depends on the HTTP status of the file', () => {
    const ofStatus = (status: number) => said({ type: 'status', status }, 'cdn.example', false);
    expect(ofStatus(404)).toContain('does not have the files');
    expect(ofStatus(403)).toContain('refuses');
    expect(ofStatus(429)).toContain('trouble at the moment (429)');
    expect(ofStatus(503)).toContain('trouble at the moment (503)');
    expect(ofStatus(200)).toContain('slow');
  });

  it('says that the data cannot be played when the status is 200 but decoding failed', () => {
    expect(said({ type: 'status', status: 200 }, 'cdn.example', true)).toContain('cdn.example sends of this song cannot be played');
  });

  it('names npm run cdn:check where only the administrator can help', () => {
    for (const type of ['mixed', 'forbidden', 'unreadable'] as const)
      expect(said({ type }, 'cdn.example', false)).toContain('npm run cdn:check');
  });

  it('is final only where a retry cannot help', () => {
    const isFinal = (finding: Parameters<typeof troubleOf>[0]) => troubleOf(finding, 'cdn.example', false).isFinal;
    expect([isFinal({ type: 'mixed' }), isFinal({ type: 'forbidden' }), isFinal({ type: 'status', status: 404 })]).toEqual([true, true, true]);
    expect([isFinal({ type: 'offline' }), isFinal({ type: 'silent' }), isFinal({ type: 'status', status: 502 })]).toEqual([false, false, false]);
  });
});
