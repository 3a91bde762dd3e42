import 'reflect-metadata';
import { join, resolve } from 'node:path';
import { availableParallelism } from 'node:os';
import { plainToInstance, Transform, Type } from 'class-transformer';
import {
  IsEmail,
  IsIn,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  validateSync,
} from 'class-validator';
import { renamedSettings, underPresentNames } from './renamed-settings.js';
import { WholeNumber, YesOrNo } from './setting.js';
import { SocketSettings } from './socket-settings.js';

const GIBIBYTE = 1024 ** 3;

/** Longer passwords are refused by every API, so that hashing cannot be used to exhaust the CPU, characters. */
export const MAX_PASSWORD_LENGTH = 256;

/** A count, or addresses and names of ranges as Express's proxy-addr takes them. */
const ADDRESS = String.raw`(?:loopback|linklocal|uniquelocal|\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?|[\da-f]*:[\da-f:.]*(?:\/\d{1,3})?)`;
const TRUSTED_PROXIES = new RegExp(`^(?:\\d{1,2}|${ADDRESS}(?:, *${ADDRESS})*)$`, 'i');

/** Every setting the server reads from its environment. Inject this class; no other code reads process.env. */
export class Config extends SocketSettings {
  /** HTTP port; 0 picks a free one. */
  @WholeNumber(0, 65_535)
  readonly PORT: number = 4000;

  /** Address to listen on. */
  @IsString()
  readonly HOST: string = '0.0.0.0';

  /** Folder for all data of this installation: embedded database, Redis, media, uploads, staging. */
  @IsString()
  @Transform(({ value }) => resolve(String(value)))
  readonly DATA_DIR: string = resolve('.data');

  /** The folder of the built web app. */
  @IsString()
  readonly WEB_DIST_DIR: string = join(import.meta.dirname, '../../../web/dist');

  /** Whether a browser that opens /graphql gets GraphiQL, an editor for queries. */
  @YesOrNo()
  readonly GRAPHIQL: boolean = process.env.NODE_ENV !== 'production';

  /** Unset: an embedded document database is started in DATA_DIR. */
  @IsOptional()
  @Matches(/^mongodb(\+srv)?:\/\//)
  readonly MONGODB_URI?: string;

  /** Unset: redis-server is started as a child process with its data in DATA_DIR. */
  @IsOptional()
  @Matches(/^rediss?:\/\//)
  readonly REDIS_URL?: string;

  /**
   * How long an idle process may go without sending Redis a command, seconds. Everything that polls Redis derives its
   * period from this (docs/operations.md, "Redis budget"). Unset: 300 with REDIS_URL, because hosted Redis bills
   * commands, else 2.
   */
  @IsOptional()
  @WholeNumber(1, 3_600)
  readonly REDIS_IDLE_POLL_SECONDS?: number;

  /** Whether this process also works the transcode queue. */
  @IsIn(['inline', 'none'])
  readonly WORKER: 'inline' | 'none' = 'inline';

  /** Port of a separate worker's /health and /metrics; unset: none. */
  @IsOptional()
  @WholeNumber(0, 65_535)
  readonly WORKER_PORT?: number;

  /** How many encoder processes may run at once in this worker. */
  @WholeNumber(1, 256)
  readonly TRANSCODE_CPUS: number = availableParallelism();

  /** How often transcoding a song is attempted before the song is FAILED. */
  @WholeNumber(1, 20)
  readonly TRANSCODE_ATTEMPTS: number = 3;

  /** First pause before a retry, milliseconds; doubles each time. */
  @WholeNumber(100)
  readonly TRANSCODE_BACKOFF_MS: number = 5_000;

  /** ffmpeg's AAC coder (docs/decisions.md, "AAC coder"). */
  @IsIn(['fast', 'twoloop'])
  readonly AAC_CODER: 'fast' | 'twoloop' = 'fast';

  @IsIn(['mpegts', 'fmp4'])
  readonly SEGMENT_TYPE: 'mpegts' | 'fmp4' = 'mpegts';

  @IsString()
  readonly FFMPEG_PATH: string = 'ffmpeg';

  @IsString()
  readonly FFPROBE_PATH: string = 'ffprobe';

  /** Largest accepted original, bytes. */
  @WholeNumber(1)
  readonly MAX_UPLOAD_BYTES: number = GIBIBYTE;

  /** How long an upload of `createUpload` stays open after its last byte, seconds; S3 signs for a week at most. */
  @WholeNumber(1, 7 * 86_400)
  readonly UPLOAD_EXPIRY_SECONDS: number = 86_400;

  /** Longest accepted song, seconds. */
  @Type(() => Number)
  @IsNumber()
  @Min(1)
  @Max(43_200)
  readonly MAX_SONG_SECONDS: number = 4 * 3600;

  /** Shortest accepted song, seconds. */
  @Type(() => Number)
  @IsNumber()
  @Min(0.5)
  readonly MIN_SONG_SECONDS: number = 1;

  /** Below this much free space on DATA_DIR uploads are refused and /health says so, bytes. */
  @WholeNumber(0)
  readonly MIN_FREE_DISK_BYTES: number = GIBIBYTE / 2;

  /** Generations kept per song for rollback, including the published one. */
  @WholeNumber(1, 20)
  readonly KEEP_GENERATIONS: number = 3;

  /** How long unreferenced media is kept before it is removed, seconds; listeners may still be playing it. */
  @WholeNumber(1)
  readonly MEDIA_GRACE_SECONDS: number = 24 * 3600;

  /** A transcode without a heartbeat for this long is requeued, seconds. */
  @WholeNumber(2)
  readonly HEARTBEAT_TIMEOUT_SECONDS: number = 30;

  /** How often the sweep looks for lost work, seconds. */
  @WholeNumber(1)
  readonly SWEEP_SECONDS: number = 30;

  /** Whether visitors may create accounts. */
  @IsIn(['open', 'closed'])
  readonly REGISTRATION: 'open' | 'closed' = 'open';

  /** Failed logins to one account, from all addresses together, per minute. */
  @WholeNumber(1)
  readonly LOGIN_ATTEMPTS_PER_MINUTE: number = 10;

  /** Failed logins from one address (IPv6: /64), to all accounts together, per minute. */
  @WholeNumber(1)
  readonly LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE: number = 30;

  /** Registrations from one address (IPv6: /64) per hour, failed ones included. */
  @WholeNumber(1)
  readonly REGISTRATIONS_PER_ADDRESS_AND_HOUR: number = 30;

  /** How long requests are still accepted after SIGTERM, while /health says 503 and load balancers drain, seconds. */
  @WholeNumber(0, 600)
  readonly SHUTDOWN_DRAIN_SECONDS: number = 5;

  /** How long uploads and other requests in progress may take after that, seconds; the rest is aborted. */
  @WholeNumber(0, 86_400)
  readonly SHUTDOWN_UPLOAD_SECONDS: number = 60;

  /** How many proxies are in front, or their addresses (Express's "trust proxy"). Unset: none is trusted. */
  @IsOptional()
  @Matches(TRUSTED_PROXIES)
  readonly TRUST_PROXY?: string;

  /** How long single plays are kept, days: a history goes back this far. Counters stay. */
  @WholeNumber(1, 36_500)
  readonly PLAYS_KEPT_DAYS: number = 400;

  /** Whether webhooks may lead into private networks, this machine included. */
  @YesOrNo()
  readonly WEBHOOK_ALLOW_PRIVATE: boolean = false;

  /** First pause before a webhook is tried again, milliseconds; doubles each time. */
  @WholeNumber(50)
  readonly WEBHOOK_BACKOFF_MS: number = 10_000;

  /** How long a session lives after its last use, hours. */
  @WholeNumber(1)
  readonly SESSION_HOURS: number = 24 * 14;

  /** The first administrator; generated when unset. */
  @IsOptional()
  @IsEmail()
  readonly ADMIN_EMAIL?: string;

  @IsOptional()
  @MinLength(10)
  @MaxLength(MAX_PASSWORD_LENGTH)
  readonly ADMIN_PASSWORD?: string;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  readonly LOG_LEVEL: string = 'info';

  /** "pretty" is readable text, "json" is for log collectors. */
  @IsIn(['pretty', 'json'])
  readonly LOG_FORMAT: 'pretty' | 'json' = process.stdout.isTTY ? 'pretty' : 'json';

  /** REDIS_IDLE_POLL_SECONDS, or its default. */
  get redisIdlePollSeconds(): number {
    return this.REDIS_IDLE_POLL_SECONDS ?? (this.REDIS_URL ? 300 : 2);
  }

  /** A path below DATA_DIR. */
  dataPath(...segments: string[]): string {
    return join(this.DATA_DIR, ...segments);
  }

  /** Reads and checks the environment; throws one error that lists every problem. An empty value counts as unset. */
  static load(env: NodeJS.ProcessEnv = process.env): Config {
    const given = Object.fromEntries(Object.entries(underPresentNames(env)).filter(([, value]) => value));
    const config = plainToInstance(Config, given, { exposeDefaultValues: true });
    const problems = validateSync(config).flatMap((e) => Object.values(e.constraints ?? {}));
    if (problems.length > 0) throw new Error(`Invalid environment:\n- ${problems.join('\n- ')}`);
    return Object.freeze(config);
  }

  /** One sentence for each setting that the environment has under its old name. */
  static renamed(): string[] {
    return renamedSettings(process.env);
  }
}
