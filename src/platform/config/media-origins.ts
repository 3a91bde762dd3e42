/**
 * Origins besides the page's own from which this installation hands out media: what `CDN_BASE_URL` and `PUBLIC_URL` begin
 * with. No other URL is ever handed out (streaming/media-urls.ts): what a store or its fallback holds is read by the media
 * endpoint unless `CDN_BASE_URL` is the store's own address.
 */
export function mediaOrigins(settings: { CDN_BASE_URL?: string; PUBLIC_URL?: string }): string[] {
  const urls = [settings.CDN_BASE_URL, settings.PUBLIC_URL].filter((url) => url !== undefined);
  return [...new Set(urls.map((url) => new URL(url).origin))];
}
