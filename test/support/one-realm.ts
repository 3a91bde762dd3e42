import { types } from 'node:util';

/**
 * Node's own errors come from outside the realm in which Jest runs a spec, so that they are no instances of its Error
 * there, as they are everywhere else; the AWS SDK asks, and would hide what failed.
 */
const inheritedBy = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, error: unknown): boolean {
    return inheritedBy.call(this as () => void, error) || (this === Error && types.isNativeError(error));
  },
});
