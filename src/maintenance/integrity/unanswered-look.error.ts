/** A store did not answer a look, or refused it; nothing is known of the part. */
export class UnansweredLookError extends Error {
  constructor(
    cause: unknown,
    /** What the look cost the store all the same. */
    readonly requests: number,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
