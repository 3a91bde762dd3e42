/** Text as a person would have typed it: no control characters, no broken surrogates, at most so many characters. */
export function cleanText(text: string | null | undefined, maxLength: number): string | undefined {
  const cleaned = text?.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').trim();
  return cleaned ? Array.from(cleaned).slice(0, maxLength).join('').trim() : undefined;
}
