/** An error response of Cloudflare's API, or no response (status 0). */
export class CloudflareError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly path: string,
    /** Seconds from Retry-After; null if the response had none. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later without any change. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** The envelope of every response (developers.cloudflare.com/api). */
interface Envelope<T> {
  success: boolean;
  errors?: { code: number; message: string }[];
  result: T;
}

export type CloudflareMethod = 'GET' | 'PUT' | 'POST' | 'PATCH';

type Headers = Readonly<Record<string, string>>;

/** Time limit of a call, milliseconds. */
export const CLOUDFLARE_TIMEOUT_MS = 15_000;

/** Client for Cloudflare's API, version 4. The token is sent in the Authorization header and nowhere else. */
export class CloudflareApi {
  constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  /** `path` begins with "/". Resolves to `result`; rejects with CloudflareError. */
  async call<T>(method: CloudflareMethod, path: string, body?: unknown, headers: Headers = {}): Promise<T> {
    const response = await this.send(method, path, body, headers);
    const answer = (await response.json().catch(() => null)) as Envelope<T> | null;
    if (response.ok && answer?.success) return answer.result;
    const said = answer?.errors?.map(({ code, message }) => `${message} (${code})`).join('; ');
    throw new CloudflareError(
      said || `The answer was ${response.status}, and no JSON.`,
      response.ok ? 502 : response.status,
      path,
      secondsIn(response.headers.get('retry-after')),
    );
  }

  /** Like `call` with GET, but resolves to null on status 404. */
  async find<T>(path: string, headers: Headers = {}): Promise<T | null> {
    try {
      return await this.call<T>('GET', path, undefined, headers);
    } catch (error) {
      if (error instanceof CloudflareError && error.status === 404) return null;
      throw error;
    }
  }

  private async send(
    method: CloudflareMethod,
    path: string,
    body: unknown,
    headers: Headers,
  ): Promise<Response> {
    try {
      return await fetch(this.baseUrl + path, {
        method,
        headers: { ...headers, authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(CLOUDFLARE_TIMEOUT_MS),
      });
    } catch (error) {
      throw new CloudflareError(`Cloudflare's API does not answer: ${(error as Error).message}`, 0, path);
    }
  }
}

function secondsIn(header: string | null): number | null {
  const seconds = Number(header ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
