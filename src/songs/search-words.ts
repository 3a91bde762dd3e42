const MAX_WORDS = 40;
const MAX_QUERY_WORDS = 8;
/** Longer words are cut, stored and typed ones alike: MongoDB refuses long expressions, and nobody types more. */
const MAX_WORD_LENGTH = 64;

/** A text's words as search sees them: without case, accents and punctuation. "Björk – Jóga" is ["bjork", "joga"]. */
export function foldWords(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/æ/g, 'ae')
    .replace(/ł/g, 'l')
    .replace(/['’]/g, '');
  const words = folded.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return [...new Set(words.map((word) => word.slice(0, MAX_WORD_LENGTH)))];
}

/** What is stored with a song, so that a prefix of any word finds it. */
export function searchWordsOf(song: {
  title: string;
  artist: string | null;
  albumTitle: string | null;
}): string[] {
  return foldWords([song.title, song.artist, song.albumTitle].filter(Boolean).join(' ')).slice(0, MAX_WORDS);
}

/** The filter for a query: every word typed must begin some word of the song. Anchored, so an index serves it. */
export function searchFilter(query: string | null | undefined): { $and?: { searchWords: RegExp }[] } {
  const words = foldWords(query ?? '').slice(0, MAX_QUERY_WORDS);
  return words.length === 0 ? {} : { $and: words.map((word) => ({ searchWords: new RegExp(`^${word}`) })) };
}
