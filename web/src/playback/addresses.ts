/** The URLs of a song from `hlsSources`. Over time only the ticket in a URL changes. */
export interface Addressed {
  fallbackUrl: string;
  /** ISO 8601, or null if the URLs never expire. */
  expiresAt: string | null;
}

const BEFORE_SONG = /(\/t\/[^/]+)?(?=\/songs\/[0-9a-f]{24}\/)/;
/** Share of the remaining lifetime after which new URLs are requested. */
const RENEW_AT = 0.75;
/** Minimum time between renewals, milliseconds, also with a wrong clock or a server that is down. */
const AT_MOST_EVERY_MS = 2_000;

/** "/t/<ticket>" in a media URL, or "". */
export const ticketIn = (url: string): string => BEFORE_SONG.exec(url)?.[1] ?? '';

/** The URL of the same object with another ticket, or without one if `ticket` is "". */
export const withTicket = (url: string, ticket: string): string => url.replace(BEFORE_SONG, () => ticket);

/** Milliseconds from `now` until the renewal, or null for never. */
export function renewalDelay(expiresAt: string | null, now: number): number | null {
  if (expiresAt === null) return null;
  return Math.max(AT_MOST_EVERY_MS, (Date.parse(expiresAt) - now) * RENEW_AT);
}

/** Keeps the URLs of the song on a deck valid for as long as it is loaded. */
export class Addresses {
  private ticket: string;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private renewal: Promise<void> | undefined;
  private renewedAt = performance.now();
  private ended = false;

  constructor(
    sources: Addressed,
    private readonly ask: () => Promise<Addressed>,
  ) {
    this.ticket = ticketIn(sources.fallbackUrl);
    this.renewIn(renewalDelay(sources.expiresAt, Date.now()));
  }

  /** The URL with the current ticket. */
  of(url: string): string {
    return withTicket(url, this.ticket);
  }

  /** Whether a refusal may be due to an expired ticket, so that a renewal can help. */
  get mayHaveExpired(): boolean {
    return performance.now() - this.renewedAt > AT_MOST_EVERY_MS;
  }

  /** The renewal in progress, if any; requests should wait for it. */
  get pending(): Promise<void> | undefined {
    return this.renewal;
  }

  /** Resolves when the URLs are renewed, or the renewal has failed. */
  renew(): Promise<void> {
    return (this.renewal ??= this.renewNow().finally(() => (this.renewal = undefined)));
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  private async renewNow(): Promise<void> {
    try {
      const { fallbackUrl, expiresAt } = await this.ask();
      this.ticket = ticketIn(fallbackUrl);
      this.renewedAt = performance.now();
      this.renewIn(renewalDelay(expiresAt, Date.now()));
    } catch {
      this.renewIn(AT_MOST_EVERY_MS);
    }
  }

  private renewIn(delay: number | null): void {
    clearTimeout(this.timer);
    if (this.ended || delay === null) return;
    // Browsers treat longer delays as 0 (setTimeout takes a signed 32-bit number).
    this.timer = setTimeout(() => void this.renew(), Math.min(delay, 2 ** 31 - 1));
  }
}
