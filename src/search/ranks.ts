import {
  begins,
  foldedKey,
  titleBegins,
  titleIs,
  type SearchField,
  type WordsFilter,
} from '../songs/search-words.js';

/**
 * The filters of a query from the best rank to the last; nothing matches two of them. `driver` is the place of the word
 * that leads the look-up: every filter starts with one exact token of it, so that an index gives the matches in order.
 *
 * 0 the title is what was typed · 1 begins with it · 2 has all words · 3 has the leading word, the others stand
 * elsewhere · 4 the leading word is in the artist · 5 in the album.
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
    // Few titles begin with two words, be it twice the same one, so these are looked up by the title itself; many begin with "a".
    foldedKey(typed) !== lead
      ? all(titleBegins(typed), none(titleIs(typed)))
      : all(leadIn('title'), titleBegins(typed), none(titleIs(typed))),
    all(leadIn('title'), ...inTitle, none(titleBegins(typed))),
    ...(others.length > 0 ? [all(leadIn('title'), ...anywhere, none(all(...inTitle)))] : []),
    all(leadIn('artist'), ...anywhere, none(leadIn('title'))),
    all(leadIn('album'), ...anywhere, none(leadIn('title'), leadIn('artist'))),
  ];
}
