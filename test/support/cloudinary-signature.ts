import { createHash } from 'node:crypto';

/** Requests signed longer ago are refused (Upload API reference, "timestamp": "valid for one hour"). */
const SIGNATURE_SECONDS = 3600;
/** Parameters that the signature does not cover ("Generating authentication signatures"). */
const UNSIGNED = new Set(['file', 'api_key', 'signature', 'resource_type', 'cloud_name']);
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** SHA-1 of the sorted parameters and the secret ("Generating authentication signatures"). Throws Refusal. */
export function demandSignature(fields: Map<string, string>, key: string, secret: string): void {
  const signed = [...fields].filter(([name]) => !UNSIGNED.has(name)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = signed.map(([name, value]) => `${name}=${value.replaceAll('&', '%26')}`).join('&');
  const expected = createHash('sha1')
    .update(text + secret)
    .digest('hex');
  if (fields.get('api_key') !== key) throw new Refusal(401, 'Unknown API key');
  if (fields.get('signature') !== expected) throw new Refusal(401, 'Invalid Signature');
  const age = Date.now() / 1000 - Number(fields.get('timestamp'));
  if (!(Math.abs(age) < SIGNATURE_SECONDS)) throw new Refusal(401, 'Stale request');
}
