import { decodeTyped, encode, isPlainObject, type Doc } from '../bson/codec.js';
import { asInteger } from '../bson/numbers.js';
import { Matcher } from '../query/matcher.js';

export interface IndexField {
  readonly path: string;
  readonly steps: readonly string[];
  readonly descending: boolean;
}

/** An index: its specification, and the traits of the documents indexed so far (multikey, inexact). */
export class IndexDefinition {
  readonly name: string;
  readonly fields: readonly IndexField[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly expireAfterSeconds: number | undefined;
  readonly partialFilter: Doc | undefined;
  readonly partial: Matcher | undefined;
  /** Paths that contain an array in some document; such a document has several keys. */
  readonly multikey: Set<string>;

  constructor(
    readonly id: number,
    readonly spec: Doc,
    multikey: readonly string[] = [],
    /** True if some key was too long to be stored whole; then the order of keys can differ from the order of values. */
    public inexact = false,
    public building = false,
  ) {
    this.name = String(spec['name']);
    this.fields = Object.entries(spec['key'] as Doc).map(([path, direction]) => ({
      path,
      steps: path.split('.'),
      descending: (asInteger(direction) ?? 1) < 0,
    }));
    this.unique = spec['unique'] === true || this.isId;
    this.sparse = spec['sparse'] === true;
    this.expireAfterSeconds = asInteger(spec['expireAfterSeconds']);
    this.partialFilter = isPlainObject(spec['partialFilterExpression'])
      ? spec['partialFilterExpression']
      : undefined;
    this.partial = this.partialFilter && new Matcher(this.partialFilter);
    this.multikey = new Set(multikey);
  }

  get isId(): boolean {
    return this.fields.length === 1 && this.fields[0]!.path === '_id' && this.name === '_id_';
  }

  toStored(): Doc {
    return {
      id: this.id,
      spec: encode(this.spec),
      multikey: [...this.multikey],
      inexact: this.inexact,
      building: this.building,
    };
  }

  static fromStored(stored: Doc): IndexDefinition {
    const spec = decodeTyped((stored['spec'] as { buffer: Uint8Array }).buffer);
    return new IndexDefinition(
      stored['id'] as number,
      spec,
      stored['multikey'] as string[],
      stored['inexact'] === true,
      stored['building'] === true,
    );
  }
}
