/** An error of the server or of the connection. `code` is stable, `message` is a sentence for the user. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export const codeOf = (error: unknown): string => (error instanceof ApiError ? error.code : 'UNKNOWN');

export const messageOf = (error: unknown): string =>
  error instanceof ApiError ? error.message : 'Something went wrong on this page. Reload it to go on.';
