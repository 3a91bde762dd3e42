/**
 * Repeats an attempt that reads a record and writes it only if it is still as it was read, until the write was done.
 * `attempt` resolves to null when somebody else has changed the record in between. Resolves to null when that has
 * happened `attempts` times in a row, which the caller reports as a conflict.
 */
export async function untilUnchanged<T>(attempt: () => Promise<T | null>, attempts = 5): Promise<T | null> {
  for (let i = 0; i < attempts; i++) {
    const done = await attempt();
    if (done !== null) return done;
  }
  return null;
}
