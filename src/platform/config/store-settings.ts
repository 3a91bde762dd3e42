import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString, IsUrl, Matches, MinLength, ValidateIf } from 'class-validator';
import { OperationSettings } from './operation-settings.js';
import { WholeNumber, withoutTrailingSlash, YesOrNo } from './setting.js';

/** Where media can live. */
export const STORES = ['local', 's3', 'cloudinary'] as const;
export type StoreName = (typeof STORES)[number];

/** Default of SELF_CHECK_REQUESTS_PER_DAY by store: about a dollar and a half a month at S3's prices. */
const SELF_CHECK_REQUESTS: Readonly<Record<StoreName, number>> = {
  local: 200_000,
  s3: 10_000,
  cloudinary: 2_000,
};

const MAX_CONFIRM_MS = 60_000;

const WhenUsed = (store: StoreName): PropertyDecorator =>
  ValidateIf((settings: StoreSettings) => settings.usesStore(store));

/** Which store holds the media, and how it is reached. */
export abstract class StoreSettings extends OperationSettings {
  /** The store for new media. */
  @IsIn(STORES)
  readonly STORAGE: StoreName = 'local';

  /** The store that `npm run storage:migrate` moves media from; it is read when STORAGE does not have an object. */
  @IsOptional()
  @IsIn(STORES)
  readonly STORAGE_FALLBACK?: StoreName;

  @WhenUsed('s3')
  @MinLength(3, { message: 'S3_BUCKET must name the bucket when media is kept in s3' })
  readonly S3_BUCKET: string = '';

  /** "auto" for Cloudflare R2. */
  @IsString()
  readonly S3_REGION: string = 'auto';

  /** Unset: Amazon's own. R2: https://<account>.r2.cloudflarestorage.com */
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true })
  @Transform(withoutTrailingSlash)
  readonly S3_ENDPOINT?: string;

  @WhenUsed('s3')
  @MinLength(1, { message: 'S3_ACCESS_KEY_ID must be set when media is kept in s3' })
  readonly S3_ACCESS_KEY_ID: string = '';

  @WhenUsed('s3')
  @MinLength(1, { message: 'S3_SECRET_ACCESS_KEY must be set when media is kept in s3' })
  readonly S3_SECRET_ACCESS_KEY: string = '';

  /** Whether the bucket is named in the path instead of the host (MinIO and other self-hosted servers). */
  @YesOrNo()
  readonly S3_FORCE_PATH_STYLE: boolean = false;

  /** As Cloudinary's console shows it: cloudinary://<key>:<secret>@<cloud name>. */
  @WhenUsed('cloudinary')
  @Matches(/^cloudinary:\/\/[^:@/]+:[^:@/]+@[\w-]+$/, {
    message:
      'CLOUDINARY_URL must be cloudinary://<key>:<secret>@<cloud name> when media is kept in cloudinary',
  })
  readonly CLOUDINARY_URL: string = '';

  /** Cloudinary's upload and admin API. */
  @IsUrl({ require_tld: false, require_protocol: true })
  @Transform(withoutTrailingSlash)
  readonly CLOUDINARY_API_URL: string = 'https://api.cloudinary.com';

  /** Where Cloudinary delivers from. */
  @IsUrl({ require_tld: false, require_protocol: true })
  @Transform(withoutTrailingSlash)
  readonly CLOUDINARY_DELIVERY_URL: string = 'https://res.cloudinary.com';

  /** How often the self-check starts to look for missing media in the whole library, seconds; 0: never. */
  @WholeNumber(0)
  readonly SELF_CHECK_SECONDS: number = 86_400;

  /**
   * Maximum requests of the self-check to the store per day, spread evenly. Unset: 200,000 for a local disk, where a
   * folder counts as one; 10,000 for S3 and 2,000 for Cloudinary, which bill or limit them. 0: none.
   */
  @IsOptional()
  @WholeNumber(0)
  readonly SELF_CHECK_REQUESTS_PER_DAY?: number;

  /**
   * Songs with missing files in one round of the self-check above which it repairs nothing and waits for the operator.
   */
  @WholeNumber(0)
  readonly SELF_CHECK_REMAKES: number = 100;

  /** SELF_CHECK_REQUESTS_PER_DAY or its default; with two stores, the default of the more expensive one. */
  get selfCheckRequestsPerDay(): number {
    const stores = (['cloudinary', 's3', 'local'] as const).filter((store) => this.usesStore(store));
    return this.SELF_CHECK_REQUESTS_PER_DAY ?? SELF_CHECK_REQUESTS[stores[0]!];
  }

  /** Minimum time between two checks that both find media missing before it counts as lost, milliseconds. */
  get selfCheckConfirmMs(): number {
    return Math.min(MAX_CONFIRM_MS, this.SELF_CHECK_SECONDS * 1000);
  }

  usesStore(store: StoreName): boolean {
    return this.STORAGE === store || this.STORAGE_FALLBACK === store;
  }
}
