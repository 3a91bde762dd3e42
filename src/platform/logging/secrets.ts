import type { Config } from '../config/config.js';
import type { ServiceUrls } from '../config/service-urls.js';

/** Shorter ones would blot out ordinary words. */
const SHORTEST = 6;

/** Every secret this process was given, however it is written. Those it makes or keeps for people are never logged at all. */
export function secretsOf(config: Config, urls: ServiceUrls): string[] {
  const given = [
    config.ADMIN_PASSWORD,
    config.S3_SECRET_ACCESS_KEY,
    config.CLOUDFLARE_API_TOKEN,
    ...config.ticketSecrets,
    ...[urls.mongodbUri, urls.redisUrl, config.CLOUDINARY_URL, config.S3_ENDPOINT].map(passwordIn),
  ];
  const spelt = given
    .filter((secret): secret is string => (secret?.length ?? 0) >= SHORTEST)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      decoded(secret),
    ]);
  // A secret that begins another must not leave the rest of it standing.
  return [...new Set(spelt)].sort((a, b) => b.length - a.length);
}

/**
 * The text without secrets. Libraries put what they were given into errors (a connection string, a command's
 * arguments), and no list of fields would keep up with them.
 */
export function withoutSecrets(secrets: readonly string[]): (text: string) => string {
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
}

/** What secrets look like wherever they come from: credentials in a URI, a bearer's token, our own access tokens. */
const SHAPES: readonly [RegExp, string][] = [
  [/(\b[\w+.-]+:\/\/)[^\s/@]*:[^\s/]*@/g, '$1[secret]@'],
  [/\b(Bearer|Basic)\s+[\w+/.~=-]{8,}/gi, '$1 [secret]'],
  [/\bhmb_pat_[\w-]+/g, '[secret]'],
  [/([?&](?:password|token|secret|signature|x-amz-signature)=)[^&\s"']+/gi, '$1[secret]'],
];

/** The text without what looks like a secret, for errors of which nobody knows what was put into them. */
export function withoutSecretShapes(text: string): string {
  return SHAPES.reduce((rest, [shape, instead]) => rest.replace(shape, instead), text);
}

function passwordIn(url: string | undefined): string | undefined {
  // Not by URL: a list of MongoDB hosts is none. To the last "@", as ioredis and WHATWG's URL read it.
  return /^[\w+]+:\/\/[^:@/]*:([^/?#]+)@/.exec(url ?? '')?.[1];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
