import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString, IsUrl, Matches, MinLength, ValidateIf } from 'class-validator';
import { OperationSettings } from './operation-settings.js';
import { withoutTrailingSlash, YesOrNo } from './setting.js';

/** Where media can live. */
export const STORES = ['local', 's3', 'cloudinary'] as const;
export type StoreName = (typeof STORES)[number];

const WhenUsed = (store: StoreName): PropertyDecorator =>
  ValidateIf((settings: StoreSettings) => settings.usesStore(store));

/** Which store holds the media, and how it is reached. */
export abstract class StoreSettings extends OperationSettings {
  /** Where new media goes. */
  @IsIn(STORES)
  readonly STORAGE: StoreName = 'local';

  /** Where media may still be that `npm run storage:migrate` has not moved yet; read when STORAGE does not have it. */
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

  /** Whether the bucket is named in the path instead of the host (MinIO and other servers of one's own). */
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

  usesStore(store: StoreName): boolean {
    return this.STORAGE === store || this.STORAGE_FALLBACK === store;
  }
}
