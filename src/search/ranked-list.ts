import { Types, type Model, type Query } from 'mongoose';
import { decodeCursor, pageSize, toPage, type Page } from '../platform/graphql/connection.js';
import { BadInputError } from '../platform/errors/domain-error.js';
import { RarestWord } from '../songs/rarest-word.js';
import { begins, queryWords, type WordsFilter } from '../songs/search-words.js';
import { ranksOf } from './ranks.js';

const CURSOR = /^([0-5]):([0-7]):([0-9a-f]{24})$/;
const MAX_QUERY = 200;
/** A search counts its matches no further than this. */
export const COUNT_LIMIT = 1_000;

/** Everything of one kind that has `searchWords`, as a ranked list. */
export class RankedList<T extends { id: string }> {
  private readonly rarest: RarestWord;

  /** `read` runs a query; `only` restricts the list, for example to what is published. */
  constructor(
    private readonly model: Model<any>,
    private readonly read: (query: Query<any, any>) => Promise<T[]>,
    private readonly only: WordsFilter = {},
  ) {
    this.rarest = new RarestWord(model);
  }

  /** Best rank first, within a rank the newest. Throws BadInputError. */
  async page(typed: string, first: number, after?: string | null): Promise<Page<T>> {
    if (typed.length > MAX_QUERY)
      throw new BadInputError(`"query" may have ${MAX_QUERY} characters at most.`);
    const wanted = pageSize(first) + 1;
    const from = after ? CURSOR.exec(decodeCursor(after, CURSOR))! : undefined;
    const words = queryWords(typed);
    // The leading word decides the order, so the pages of one list keep the one that the first page chose.
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
