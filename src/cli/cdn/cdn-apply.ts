import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Config } from '../../platform/config/config.js';
import { CloudflareApi, CloudflareError } from '../../cdn/rules/cloudflare-api.js';
import { adviceFor, CloudflareApply, type Change } from '../../cdn/rules/cloudflare-apply.js';
import { readCloudflareRules, r2Bucket } from '../../cdn/rules/cloudflare-rules.js';

const USAGE = `
  npm run cdn:apply [-- --dry-run]

  Brings the zone CLOUDFLARE_ZONE_ID to what deploy/cloudflare/rules.json says, for the media under CDN_BASE_URL.
  Rules of others stay as they are. Run it again at any time.

    --dry-run   print the calls that would be made, make none

  Needs CLOUDFLARE_ZONE_ID, CLOUDFLARE_API_TOKEN, CDN_BASE_URL; with the S3 settings of an R2 bucket, its CORS rule, too.
  Exit code 0: the zone is as it should be (or, dry, the calls are listed). 1: it is not. 2: wrong usage.
`;

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  let dryRun: boolean;
  let config: Config;
  try {
    dryRun = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } }).values['dry-run'];
    config = Config.load();
    if (!config.CLOUDFLARE_ZONE_ID || !config.CDN_BASE_URL)
      throw new Error('Set CLOUDFLARE_ZONE_ID, CLOUDFLARE_API_TOKEN and CDN_BASE_URL.');
  } catch (error) {
    process.stderr.write(`\n  ${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  if (config.STREAM_PROTECTION === 'ticket')
    say(
      'STREAM_PROTECTION=ticket: Cloudflare itself looks at no ticket, so these rules keep no song. For songs at the edge deploy deploy/cloudflare/worker.',
    );
  const api = new CloudflareApi(config.CLOUDFLARE_API_URL, config.CLOUDFLARE_API_TOKEN);
  const bucket = config.usesStore('s3') ? r2Bucket(config.S3_ENDPOINT, config.S3_BUCKET) : null;
  const target = { zoneId: config.CLOUDFLARE_ZONE_ID, cdnBaseUrl: config.CDN_BASE_URL, bucket };
  const apply = new CloudflareApply(api, await readCloudflareRules(), target, say);
  return bring(apply, dryRun);
}

async function bring(apply: CloudflareApply, dryRun: boolean): Promise<number> {
  let scope: string | undefined;
  try {
    const changes = await apply.changes();
    if (changes.length === 0) {
      say('nothing to change');
      return 0;
    }
    for (const change of changes) {
      scope = change.scope;
      if (dryRun) say(printed(change));
      else {
        await apply.make(change);
        say(`done  ${change.what}`);
      }
    }
    say(dryRun ? `${changes.length} calls, none made` : 'Now read a song through it: npm run cdn:check');
    return 0;
  } catch (error) {
    if (!(error instanceof CloudflareError)) throw error;
    process.stderr.write(`\n  ${error.message}\n  ${adviceFor(error, scope)}\n\n`);
    return 1;
  }
}

/** Formats a change for a dry run. The token is sent in a header and therefore not printed. */
function printed({ method, path, body, what }: Change): string {
  return `${method} ${path}\n${JSON.stringify(body, null, 2).replace(/^/gm, '    ')}\n  (${what})\n`;
}

process.exitCode = await main();
