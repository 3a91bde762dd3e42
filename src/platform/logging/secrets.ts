import type { Config } from '../config/config.js';
import type { ServiceUrls } from '../config/service-urls.js';

/** Shorter secrets are not replaced, because that would remove ordinary words, characters. */
const SHORTEST = 6;

/** Every configured secret, in each encoding. Secrets that this server makes or stores for users are never logged. */
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
  // Longest first, so that a secret that is the beginning of another does not leave the rest of it.
  return [...new Set(spelt)].sort((a, b) => b.length - a.length);
}

/**
 * Removes the secrets from texts. Libraries put their parameters into errors (a connection string, arguments of a
 * command), so redacting a list of fields is not enough.
 */
export function withoutSecrets(secrets: readonly string[]): (text: string) => string {
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
}

/** Patterns of secrets from any source: credentials in a URI, a bearer token, our own access tokens. */
const SHAPES: readonly [RegExp, string][] = [
  [/(\b[\w+.-]+:\/\/)[^\s/@]*:[^\s/]*@/g, '$1[secret]@'],
  [/\b(Bearer|Basic)\s+[\w+/.~=-]{8,}/gi, '$1 [secret]'],
  [/\bhmb_pat_[\w-]+/g, '[secret]'],
  [/([?&](?:password|token|secret|signature|x-amz-signature)=)[^&\s"']+/gi, '$1[secret]'],
];

/** Removes everything that looks like a secret, for errors with unknown content. */
export function withoutSecretShapes(text: string): string {
  return SHAPES.reduce((rest, [shape, instead]) => rest.replace(shape, instead), text);
}

function passwordIn(url: string | undefined): string | undefined {
  // Not with URL, which rejects a list of MongoDB hosts. Up to the last "@", as ioredis and WHATWG's URL parse it.
  return /^[\w+]+:\/\/[^:@/]*:([^/?#]+)@/.exec(url ?? '')?.[1];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
