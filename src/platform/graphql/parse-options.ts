/** How every GraphQL document is parsed. Larger ones are refused unparsed; no frontend needs more tokens. */
export const PARSE_OPTIONS = { maxTokens: 3_000 };
