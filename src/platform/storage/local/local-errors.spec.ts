import { UnavailableError } from '../../errors/domain-error.js';
import { explained } from './local-errors.js';

const failure = (code: string) =>
  Object.assign(new Error(`${code}: write '/var/data/media/songs/1/a'`), { code });

describe('explained', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'ESTALE', 'ETIMEDOUT'])(
    'says what the operator should do about %s and contains no path',
    (code) => {
      const error = explained(failure(code)) as UnavailableError;
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error.message).toMatch(/^[A-Z].+\.$/);
      expect(error.message).not.toContain('/');
      expect((error.cause as NodeJS.ErrnoException).code).toBe(code);
    },
  );

  it.each(['ENOSPC', 'EDQUOT'])('maps %s to DISK_FULL with status 507', (code) => {
    expect(explained(failure(code))).toMatchObject({ code: 'DISK_FULL', status: 507 });
  });

  it('returns unknown errors unchanged', () => {
    const defect = failure('EBADF');
    expect(explained(defect)).toBe(defect);
    expect(explained('not even an error')).toBe('not even an error');
  });
});
