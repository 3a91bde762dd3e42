import GraphQLUploadScalar from 'graphql-upload/GraphQLUpload.mjs';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import { GraphQLScalarType } from 'graphql';
import { BadInputError } from '../errors/domain-error.js';

export type { FileUpload };

/** A file sent by the GraphQL multipart request specification: a promise of one, which Nest awaits for the resolver. */
export const GraphQLUpload = new GraphQLScalarType<Promise<FileUpload>, never>({
  ...GraphQLUploadScalar.toConfig(),
  parseValue: (value) => {
    const arriving = GraphQLUploadScalar.parseValue(value) as Promise<FileUpload>;
    const named = arriving.catch((error: Error) => Promise.reject(malformedUpload(error)));
    named.catch(() => undefined); // without this, a resolver that never awaits it would end the process
    return named;
  },
});

/** Always BAD_INPUT: all errors of graphql-upload and its parser are about the request body. */
export function malformedUpload({ message }: Error): BadInputError {
  const finding = message.replace(/ \(http\S+\)/, '').replace(/\.$/, '');
  return new BadInputError(`Not a valid GraphQL multipart request: ${finding}.`);
}
