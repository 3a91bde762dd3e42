import { UnavailableError } from '../../errors/domain-error.js';
import { explained } from './local-errors.js';

const failure = (code: string) =>
  Object.assign(new Error(`${code}: write '/var/data/media/songs/1/a'`), { code });

describe('explained', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'ESTALE', 'ETIMEDOUT'])(
    'tells a person what to do about %s and names no path',
    (code) => {
      const error = explained(failure(code)) as UnavailableError;
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error.message).toMatch(/^[A-Z].+\.$/);
      expect(error.message).not.toContain('/');
      expect((error.cause as NodeJS.ErrnoException).code).toBe(code);
    },
  );

  it.each(['ENOSPC', 'EDQUOT'])('answers DISK_FULL to %s, as every other full disk does', (code) => {
    expect(explained(failure(code))).toMatchObject({ code: 'DISK_FULL', status: 507 });
  });

  it('leaves our own defects as they are', () => {
    const defect = failure('EBADF');
    expect(explained(defect)).toBe(defect);
    expect(explained('not even an error')).toBe('not even an error');
  });
});
