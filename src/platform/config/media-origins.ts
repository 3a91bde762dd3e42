/**
 * Origins, besides the web app's own, from which this installation delivers media: those of `CDN_BASE_URL` and
 * `PUBLIC_URL`. No media URL has another origin (streaming/media-urls.service.ts): the media endpoint reads from the stores
 * unless `CDN_BASE_URL` is the address of a store.
 */
export function mediaOrigins(settings: { CDN_BASE_URL?: string; PUBLIC_URL?: string }): string[] {
  const urls = [settings.CDN_BASE_URL, settings.PUBLIC_URL].filter((url) => url !== undefined);
  return [...new Set(urls.map((url) => new URL(url).origin))];
}
