import { Types, type Model, type Query } from 'mongoose';
import { decodeCursor, pageSize, toPage, type Page } from '../platform/graphql/connection.js';
import { BadInputError } from '../platform/errors/domain-error.js';
import { RarestWord } from '../songs/rarest-word.js';
import { begins, queryWords, type WordsFilter } from '../songs/search-words.js';
import { ranksOf } from './ranks.js';

const CURSOR = /^([0-5]):([0-7]):([0-9a-f]{24})$/;
const MAX_QUERY = 200;
/** Upper bound of `totalCount`; a search does not count further. */
export const COUNT_LIMIT = 1_000;

/** Ranked search over one collection whose documents have `searchWords`. */
export class RankedList<T extends { id: string }> {
  private readonly rarest: RarestWord;

  /**
   * @param read runs a query
   * @param only restricts the list, for example to published albums
   */
  constructor(
    private readonly model: Model<any>,
    private readonly read: (query: Query<any, any>) => Promise<T[]>,
    private readonly only: WordsFilter = {},
  ) {
    this.rarest = new RarestWord(model);
  }

  /** Best rank first, newest first within a rank. Throws BadInputError. */
  async page(typed: string, first: number, after?: string | null): Promise<Page<T>> {
    if (typed.length > MAX_QUERY)
      throw new BadInputError(`"query" may have ${MAX_QUERY} characters at most.`);
    const wanted = pageSize(first) + 1;
    const from = after ? CURSOR.exec(decodeCursor(after, CURSOR))! : undefined;
    const words = queryWords(typed);
    // The order depends on the leading word, so later pages keep the leading word of the first page.
    const driver = from ? Number(from[2]) : await this.rarest.placeIn(words);
    if (from && driver >= words.length) throw new BadInputError('"after" is not a cursor of this list.');
    const found: T[] = [];
    const rankOf = new Map<string, number>();
    const ranks = words.length === 0 ? [] : ranksOf(typed, words, driver);
    for (let rank = Number(from?.[1] ?? 0); rank < ranks.length && found.length < wanted; rank++) {
      const behind = from && rank === Number(from[1]) ? [{ _id: { $lt: new Types.ObjectId(from[3]) } }] : [];
      const matches = this.model
        .find({ $and: [ranks[rank]!, this.only, ...behind] })
        .sort({ _id: -1 })
        .limit(wanted - found.length);
      for (const match of await this.read(matches)) {
        found.push(match);
        rankOf.set(match.id, rank);
      }
    }
    return toPage(
      found,
      first,
      ({ id }) => `${rankOf.get(id)}:${driver}:${id}`,
      () => this.count(words, driver),
    );
  }

  private async count(words: string[], driver: number): Promise<number> {
    if (words.length === 0) return 0;
    const leadFirst = [words[driver]!, ...words.filter((_, place) => place !== driver)];
    const matching = { $and: [...leadFirst.map((word) => begins(word)), this.only] };
    return this.model.countDocuments(matching).limit(COUNT_LIMIT);
  }
}
