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
    named.catch(() => undefined); // a resolver that never looks at it must not end the process
    return named;
  },
});

/** The client's fault in any case: graphql-upload's errors are about the body, and its parser's do not even say so. */
export function malformedUpload({ message }: Error): BadInputError {
  const finding = message.replace(/ \(http\S+\)/, '').replace(/\.$/, '');
  return new BadInputError(`This is no GraphQL multipart request: ${finding}.`);
}
