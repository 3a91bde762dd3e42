/** Trusted Types (w3c.github.io/trusted-types): TypeScript's library has no declaration of it yet. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createHTML?: (html: string) => string; createScriptURL?: (url: string) => string },
  ): { createScriptURL(url: string): URL };
}

/** Undefined in a browser that does not know it; there nothing is enforced, either. */
const trustedTypes = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;

/**
 * GraphiQL hands over the documentation as HTML in a string, made by markdown-it, which escapes all HTML it meets, out of
 * descriptions from our own schema. The default policy accepts such strings; strings that would be code are still refused.
 */
export function acceptDocumentation(): void {
  trustedTypes?.createPolicy('default', { createHTML: (html) => html });
}

const workers = trustedTypes?.createPolicy('graphiql-workers', {
  createScriptURL(url) {
    if (new URL(url, location.origin).origin === location.origin) return url;
    throw new TypeError(`Not a worker of this server: ${url}`);
  },
});

/** Starts a worker out of one of our own files. */
export const startWorker = (url: string): Worker => new Worker(workers?.createScriptURL(url) ?? url);
