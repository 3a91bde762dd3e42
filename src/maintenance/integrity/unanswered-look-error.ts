/** A store did not answer a check or refused access, so the state of the media is unknown. */
export class UnansweredLookError extends Error {
  constructor(
    cause: unknown,
    /** Number of requests sent to the store nevertheless. */
    readonly requests: number,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
