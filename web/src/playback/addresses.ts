/** What `hlsSources` says of where a song is; of each URL only the ticket in it ever changes. */
export interface Addressed {
  fallbackUrl: string;
  /** ISO 8601; null: they are good for ever. */
  expiresAt: string | null;
}

const BEFORE_SONG = /(\/t\/[^/]+)?(?=\/songs\/[0-9a-f]{24}\/)/;
/** New URLs are asked for when this share of what was left has passed. */
const RENEW_AT = 0.75;
/** Neither a clock that is wrong nor a server that is away makes us ask more often, milliseconds. */
const AT_MOST_EVERY_MS = 2_000;

/** "/t/<ticket>" in a media URL, or "". */
export const ticketIn = (url: string): string => BEFORE_SONG.exec(url)?.[1] ?? '';

/** The same object under another ticket ("": under none). */
export const withTicket = (url: string, ticket: string): string => url.replace(BEFORE_SONG, () => ticket);

/** When to ask again, milliseconds from `now`; null: never. */
export function renewalDelay(expiresAt: string | null, now: number): number | null {
  if (expiresAt === null) return null;
  return Math.max(AT_MOST_EVERY_MS, (Date.parse(expiresAt) - now) * RENEW_AT);
}

/** Keeps the URLs of the song on one deck good for as long as it lies there. */
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

  /** The URL to ask now. */
  of(url: string): string {
    return withTicket(url, this.ticket);
  }

  /** Whether asking again may bring what was just refused. */
  get mayHaveExpired(): boolean {
    return performance.now() - this.renewedAt > AT_MOST_EVERY_MS;
  }

  /** A renewal under way, which whoever is about to ask should wait for. */
  get pending(): Promise<void> | undefined {
    return this.renewal;
  }

  /** Resolves when the URLs are new, or could not be made new. */
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
    // Browsers cut longer delays to nothing (HTML, setTimeout: a signed 32-bit number).
    this.timer = setTimeout(() => void this.renew(), Math.min(delay, 2 ** 31 - 1));
  }
}
