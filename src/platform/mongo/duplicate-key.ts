const DUPLICATE_KEY = 11_000;

/** Whether the database refused a write because a unique index has the value already. */
export function isDuplicateKey(error: unknown): boolean {
  return (error as { code?: unknown }).code === DUPLICATE_KEY;
}

/** For `catch` behind an unordered bulk write in which others may have been first; any other reason is thrown on. */
export function ignoreDuplicates(error: unknown): void {
  const { writeErrors = [] } = error as { writeErrors?: { code: number }[] };
  const isOther = Array.isArray(writeErrors) && writeErrors.some(({ code }) => code !== DUPLICATE_KEY);
  if (!isDuplicateKey(error) || isOther) throw error;
}
