const DUPLICATE_KEY = 11_000;

/** Whether the database refused a write because a unique index has the value already. */
export function isDuplicateKey(error: unknown): boolean {
  return (error as { code?: unknown }).code === DUPLICATE_KEY;
}

/** For `catch` after an unordered bulk write: ignores documents that exist already and rethrows every other error. */
export function ignoreDuplicates(error: unknown): void {
  const { writeErrors = [] } = error as { writeErrors?: { code: number }[] };
  const isOther = Array.isArray(writeErrors) && writeErrors.some(({ code }) => code !== DUPLICATE_KEY);
  if (!isDuplicateKey(error) || isOther) throw error;
}
