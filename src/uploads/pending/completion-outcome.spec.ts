import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../platform/errors/domain-error.js';
import type { SongDocument } from '../../songs/song.schema.js';
import {
  DiskFullError,
  DuplicateError,
  UploadIncompleteError,
  WrongLengthError,
} from '../pipeline/upload-errors.js';
import { outcomeAfter } from './completion-outcome.js';

const song = { id: 'a' } as SongDocument;

describe('outcomeAfter', () => {
  it.each([new Error('no reply'), new DuplicateError('a', 'Title'), new UploadIncompleteError(1, 2)])(
    'is the song that exists in spite of %s',
    (error) => {
      expect(outcomeAfter(error, song)).toEqual({ state: 'song', song });
    },
  );

  it.each([new DuplicateError('b', 'Other'), new WrongLengthError(1, 2)])(
    'is a rejection when the file is the reason: %s',
    (error) => {
      expect(outcomeAfter(error, null)).toEqual({ state: 'rejected', error });
    },
  );

  it.each([new UploadIncompleteError(1, 2), new UnavailableError('Later.'), new TypeError('a defect')])(
    'keeps the upload when it may succeed later: %s',
    (error) => {
      expect(outcomeAfter(error, null)).toEqual({ state: 'receiving', error });
    },
  );

  it('says after DISK_FULL that the received bytes are kept', () => {
    expect(outcomeAfter(new DiskFullError(), null)).toMatchObject({
      state: 'receiving',
      error: { code: 'DISK_FULL', message: expect.stringContaining('received bytes are kept') },
    });
  });
});
