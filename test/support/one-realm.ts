import { types } from 'node:util';

/**
 * Node's own errors come from outside the realm in which Jest runs a spec, so they are not instances of that realm's
 * Error. The AWS SDK checks `instanceof Error` and would hide the actual failure.
 */
const inheritedBy = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, error: unknown): boolean {
    return inheritedBy.call(this as () => void, error) || (this === Error && types.isNativeError(error));
  },
});
