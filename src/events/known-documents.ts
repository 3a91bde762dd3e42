import { parse, validate, type DocumentNode, type GraphQLError, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';

/** Total text length of the cached documents, characters. */
const MAX_TEXT = 256 * 1024;

/** Caches recently parsed and validated documents, because thousands of subscribers send the same few. */
export class KnownDocuments {
  private readonly documents = new LRUCache<string, DocumentNode>({
    maxSize: MAX_TEXT,
    sizeCalculation: (_document, text) => text.length + 1,
  });
  private readonly validated = new WeakMap<DocumentNode, readonly GraphQLError[]>();

  constructor(private readonly maxTokens: number) {}

  /** Throws GraphQLError. */
  parse(text: string): DocumentNode {
    const known = this.documents.get(text);
    if (known) return known;
    const document = parse(text, { maxTokens: this.maxTokens });
    this.documents.set(text, document);
    return document;
  }

  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[] {
    const errors = this.validated.get(document) ?? validate(schema, document);
    this.validated.set(document, errors);
    return errors;
  }
}
