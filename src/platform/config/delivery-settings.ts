import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsUrl, Matches, ValidateBy, ValidateIf } from 'class-validator';
import { withoutTrailingSlash, WholeNumber, YesOrNo } from './setting.js';
import { StoreSettings } from './store-settings.js';

/** How media reaches listeners, who may have it, and what it may cost. */
export abstract class DeliverySettings extends StoreSettings {
  /** Public URL of this server, without a trailing slash. Unset: as the request addressed it. */
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true })
  @Transform(withoutTrailingSlash)
  readonly PUBLIC_URL?: string;

  /**
   * The prefix of media URLs when a CDN delivers: the bucket's own domain (https://media.example.com), or this server's
   * media endpoint behind a CDN (https://cdn.example.com/media). Unset: the media endpoint of this server.
   */
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true })
  @Transform(withoutTrailingSlash)
  readonly CDN_BASE_URL?: string;

  /**
   * `ticket`: songs are delivered only with a signed URL made recently; so not directly by a store, which checks none.
   */
  @ValidateBy({
    name: 'ticketsAreChecked',
    validator: {
      validate: (value, args) => value !== 'ticket' || !(args!.object as DeliverySettings).deliversFromStore,
      defaultMessage: () =>
        'STREAM_PROTECTION=ticket cannot work with a CDN_BASE_URL that is the media store itself: let CDN_BASE_URL be an edge that checks tickets, or unset it',
    },
  })
  @IsIn(['none', 'ticket'])
  readonly STREAM_PROTECTION: 'none' | 'ticket' = 'none';

  /**
   * Secrets that sign tickets, comma-separated, 32 characters or more each: the first signs, all are accepted. If they
   * are kept while protection is switched off, listeners can finish the song they are playing.
   */
  @ValidateIf(
    ({ STREAM_PROTECTION, STREAM_TICKET_SECRETS }: DeliverySettings) =>
      STREAM_PROTECTION === 'ticket' || STREAM_TICKET_SECRETS !== '',
  )
  @Matches(/^[^,\s]{32,}(,[^,\s]{32,})*$/, {
    message:
      'STREAM_TICKET_SECRETS must hold secrets of 32 characters or more, separated by commas (the first signs, all are believed)',
  })
  readonly STREAM_TICKET_SECRETS: string = '';

  /** How long a URL of a protected song is valid at least, seconds. */
  @WholeNumber(10, 7 * 86_400)
  readonly STREAM_TICKET_SECONDS: number = 6 * 3600;

  /** Whether qualities above the source's own bit rate are left out. */
  @YesOrNo()
  readonly LADDER_CAP_TO_SOURCE: boolean = false;

  /** Size of the media store, bytes, for `capacity`. The default is Cloudinary's free plan. */
  @WholeNumber(1)
  readonly CAPACITY_MEDIA_BYTES: number = 25 * 1000 ** 3;

  /** Size of the database, bytes. The default is MongoDB Atlas' free plan. */
  @WholeNumber(1)
  readonly CAPACITY_DATABASE_BYTES: number = 512 * 1024 ** 2;

  /** Redis commands a day. */
  @WholeNumber(1)
  readonly CAPACITY_REDIS_COMMANDS: number = 10_000;

  /** The zone whose cache is purged of deleted media; unset: nothing is purged. */
  @IsOptional()
  @Matches(/^[0-9a-f]{32}$/)
  readonly CLOUDFLARE_ZONE_ID?: string;

  @ValidateIf((settings: DeliverySettings) => settings.CLOUDFLARE_ZONE_ID !== undefined)
  @Matches(/^\S{10,}$/, { message: 'CLOUDFLARE_API_TOKEN must be set beside CLOUDFLARE_ZONE_ID' })
  readonly CLOUDFLARE_API_TOKEN: string = '';

  @IsUrl({ require_tld: false, require_protocol: true })
  @Transform(withoutTrailingSlash)
  readonly CLOUDFLARE_API_URL: string = 'https://api.cloudflare.com/client/v4';

  /** Shortest time between two purge requests, seconds: Cloudflare's free plan allows five a minute. */
  @WholeNumber(1, 3600)
  readonly CLOUDFLARE_PURGE_SECONDS: number = 12;

  /** How often a published song is read through the public URL, seconds; 0: never. */
  @WholeNumber(0)
  readonly CDN_CHECK_SECONDS: number = 3600;

  /**
   * Whether CDN_BASE_URL is the address of a store itself. A bucket's own domain cannot be distinguished from a CDN.
   */
  get deliversFromStore(): boolean {
    const stores = [this.CLOUDINARY_DELIVERY_URL, this.S3_ENDPOINT].filter((url) => url !== undefined);
    return stores.some((url) => `${this.CDN_BASE_URL}/`.toLowerCase().startsWith(`${url}/`.toLowerCase()));
  }

  /** The secrets, the signing one first. */
  get ticketSecrets(): readonly string[] {
    return this.STREAM_TICKET_SECRETS.split(',').filter(Boolean);
  }
}
