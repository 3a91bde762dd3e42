import GraphQLUploadScalar from 'graphql-upload/GraphQLUpload.mjs';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';

/** A file sent by the GraphQL multipart request specification. */
export const GraphQLUpload = GraphQLUploadScalar;
export type { FileUpload };
