const DUPLICATE_KEY = 11_000;

/** Whether the database refused a write because a unique index has the value already. */
export function isDuplicateKey(error: unknown): boolean {
  return (error as { code?: unknown }).code === DUPLICATE_KEY;
}
