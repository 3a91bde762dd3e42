const MAX_WORDS = 40;
const MAX_QUERY_WORDS = 8;
/** Length up to which every prefix of a word is stored, characters; of a longer word only the whole is added. */
const MAX_PREFIX = 10;
const MAX_KEY = 120;
/**
 * Longer words are cut, both stored and searched ones, because MongoDB refuses long regular expressions; characters.
 */
const MAX_WORD_LENGTH = 64;

/** The field of a document that contains a word. */
export type SearchField = 'title' | 'artist' | 'album';

/** One letter per field, because the index of a library contains millions of them. */
const LETTER: Record<SearchField, string> = { title: 't', artist: 'a', album: 'l' };
const EVERYWHERE: readonly SearchField[] = ['title', 'artist', 'album'];

/** The searchable fields of a document; null where it has no value. */
export interface Searchable {
  title: string;
  artist: string | null;
  albumTitle: string | null;
}

/** A condition on the array `searchWords`, for `find`. */
export type WordsFilter = Record<string, unknown>;

/** The words of a text without case, accents and punctuation: "Björk – Jóga" is ["bjork", "joga"]. */
export function foldWords(text: string): string[] {
  return [...new Set(words(text))];
}

/** A whole text in the form that search compares: "Sigur Rós" and "SIGUR ROS" are the same artist. */
export function foldedKey(text: string): string {
  return Array.from(words(text).join(' ')).slice(0, MAX_KEY).join('');
}

/**
 * The search tokens stored with a document, so that the beginning of any of its words finds it: every prefix of every
 * word with the letter of its field ("t:t", "t:th", "t:the"), and title and artist as a whole ("T=the wall"). The index
 * continues with `_id`, so even "a" in a large library reads no more entries than a page has.
 */
export function searchWordsOf({ title, artist, albumTitle }: Searchable): string[] {
  const tokens = new Set<string>([`T=${foldedKey(title)}`]);
  if (artist) tokens.add(artistToken(artist));
  const fields = { title, artist, album: albumTitle };
  for (const field of EVERYWHERE) {
    for (const word of foldWords(fields[field] ?? '').slice(0, MAX_WORDS)) {
      const letters = Array.from(word);
      for (let n = 1; n <= Math.min(letters.length, MAX_PREFIX); n++) {
        tokens.add(`${LETTER[field]}:${letters.slice(0, n).join('')}`);
      }
      tokens.add(`${LETTER[field]}:${word}`);
    }
  }
  return [...tokens];
}

/** The token stored with every document of this artist. */
export const artistToken = (artist: string): string => `A=${foldedKey(artist)}`;

/** The words of a query, at most MAX_QUERY_WORDS; empty if it has none. */
export function queryWords(query: string | null | undefined): string[] {
  return foldWords(query ?? '').slice(0, MAX_QUERY_WORDS);
}

/** Matches documents in which a word of one of these fields begins with `word`. */
export function begins(word: string, fields: readonly SearchField[] = EVERYWHERE): WordsFilter {
  const letters = Array.from(word);
  if (letters.length > MAX_PREFIX) {
    const known = begins(letters.slice(0, MAX_PREFIX).join(''), fields);
    const spelled = new RegExp(`^[${fields.map((field) => LETTER[field]).join('')}]:${escaped(word)}`);
    return { $and: [known, { searchWords: spelled }] };
  }
  const tokens = fields.map((field) => `${LETTER[field]}:${word}`);
  return { searchWords: tokens.length === 1 ? tokens[0] : { $in: tokens } };
}

/** Match documents whose title equals, or begins with, the typed text. */
export const titleIs = (typed: string): WordsFilter => ({ searchWords: `T=${foldedKey(typed)}` });
export const titleBegins = (typed: string): WordsFilter => ({
  searchWords: new RegExp(`^T=${escaped(foldedKey(typed))}`),
});

function words(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/đ/g, 'd')
    .replace(/ı/g, 'i')
    .replace(/æ/g, 'ae')
    .replace(/œ/g, 'oe')
    .replace(/ł/g, 'l')
    .replace(/['’]/g, '');
  const found = folded.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  // Text without letters and digits is one word: "!!!" is a band.
  const kept = found.length > 0 ? found : [folded.replace(/[\s\p{Cc}]+/gu, '')].filter(Boolean);
  return kept.map((word) => word.slice(0, MAX_WORD_LENGTH));
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
