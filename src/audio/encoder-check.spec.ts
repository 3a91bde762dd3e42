import { encoderState } from './encoder-check.js';

const MINUTE = 60_000;
const began = { goodAt: 0, missing: false };
const answered = { goodAt: 0, version: '5.1', missing: false };

describe('ffmpeg', () => {
  it.each([
    ['is well within a minute of its answer', answered, 0.9 * MINUTE, 'well'],
    ['is late, and not missing, for ten minutes after its last answer', answered, 9.9 * MINUTE, 'late'],
    ['is silent after ten minutes without an answer', answered, 10 * MINUTE, 'silent'],
    ['is late while its first answer is awaited', began, 0, 'late'],
    ['is silent when its first answer has not come in ten minutes', began, 10 * MINUTE, 'silent'],
    [
      'is missing as soon as it cannot be run, however good it was',
      { ...answered, missing: true },
      1,
      'missing',
    ],
  ])('%s', (_, known, now, state) => {
    expect(encoderState(known, now)).toBe(state);
  });
});
