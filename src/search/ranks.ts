import {
  begins,
  foldedKey,
  titleBegins,
  titleIs,
  type SearchField,
  type WordsFilter,
} from '../songs/search-words.js';

/**
 * Returns the filters of a query, best rank first; no document matches two of them. `driver` is the index of the
 * leading word: every filter starts with one exact token of that word, so that an index returns the matches in order.
 *
 * 0: the title equals the query · 1: it begins with the query · 2: it has all words · 3: it has the leading word, the
 * others are elsewhere · 4: the leading word is in the artist · 5: it is in the album.
 */
export function ranksOf(typed: string, words: readonly string[], driver: number): WordsFilter[] {
  const lead = words[driver]!;
  const others = words.filter((_, place) => place !== driver);
  const leadIn = (field: SearchField) => begins(lead, [field]);
  const inTitle = others.map((word) => begins(word, ['title']));
  const anywhere = others.map((word) => begins(word));
  const all = (...parts: WordsFilter[]): WordsFilter => ({ $and: parts });
  const none = (...parts: WordsFilter[]): WordsFilter => ({ $nor: parts });
  return [
    titleIs(typed),
    // Few titles begin with a query of several words, so the title filter alone is selective; many begin with "a".
    foldedKey(typed) !== lead
      ? all(titleBegins(typed), none(titleIs(typed)))
      : all(leadIn('title'), titleBegins(typed), none(titleIs(typed))),
    all(leadIn('title'), ...inTitle, none(titleBegins(typed))),
    ...(others.length > 0 ? [all(leadIn('title'), ...anywhere, none(all(...inTitle)))] : []),
    all(leadIn('artist'), ...anywhere, none(leadIn('title'))),
    all(leadIn('album'), ...anywhere, none(leadIn('title'), leadIn('artist'))),
  ];
}
