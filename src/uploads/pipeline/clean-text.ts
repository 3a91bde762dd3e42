/**
 * Removes control characters and unpaired surrogates, trims, and cuts to `maxLength` characters; undefined if empty.
 */
export function cleanText(text: string | null | undefined, maxLength: number): string | undefined {
  const cleaned = text?.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').trim();
  return cleaned ? Array.from(cleaned).slice(0, maxLength).join('').trim() : undefined;
}
