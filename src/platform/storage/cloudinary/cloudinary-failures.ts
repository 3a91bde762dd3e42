import { isNetworkFailure, type StoreFailure } from '../remote/store-failure.js';

const KEY = 'Cloudinary refuses the credentials: check CLOUDINARY_URL.';
const FORBIDDEN =
  'Cloudinary does not let this account do that: look at its console (is it disabled, or over its quota?).';
const SILENT = 'Cloudinary does not answer: see that it can be reached from here, or try again later.';
const BUSY = 'Cloudinary is overloaded. Try again later.';

/** Statuses worth a retry: too many requests (420, 429) and time-outs (408; 499 is the SDK's own). */
const TRANSIENT = new Set([408, 420, 429, 499]);

interface CloudinaryError {
  http_code?: number;
  message?: unknown;
  error?: CloudinaryError;
}

/** Classifies an error of Cloudinary's SDK or of its delivery; undefined when it comes from elsewhere. */
export function cloudinaryFailureOf(error: unknown): StoreFailure | undefined {
  const outer = (error ?? {}) as CloudinaryError;
  const { http_code: status, message } = outer.error ?? outer;
  if (status === undefined) {
    return isNetworkFailure(outer.error ?? error) ? { kind: 'transient', sentence: SILENT } : undefined;
  }
  if (status === 404) return { kind: 'missing' };
  if (status === 420 || status === 429) {
    const spent = /rate limit exceeded(?:.*try again on ([-\d]+ [:\d]+ UTC))?/i.exec(String(message));
    if (spent) return { kind: 'quota', sentence: usedUp(spent[1]) };
  }
  if (TRANSIENT.has(status)) return { kind: 'transient', sentence: status === 499 ? SILENT : BUSY };
  if (status >= 500) return { kind: 'transient', sentence: BUSY };
  if (status === 401) return { kind: 'permanent', sentence: KEY };
  if (/file size too large/i.test(String(message))) {
    return { kind: 'permanent', sentence: tooLarge(String(message)) };
  }
  return { kind: 'permanent', sentence: FORBIDDEN };
}

/** The error says what the plan allows: "File size too large. Got 11926513. Maximum is 10485760." */
function tooLarge(message: string): string {
  const bytes = Number(/maximum is (\d+)/i.exec(message)?.[1]);
  const most = bytes ? `no file of more than ${Math.floor(bytes / 1e6)} MB` : 'no file of this size';
  return `Cloudinary takes ${most} in your plan: lower MAX_UPLOAD_BYTES or choose another plan.`;
}

/** The error says until when: "Rate Limit Exceeded. Limit of 500 api operations reached. Try again on … UTC". */
function usedUp(until: string | undefined): string {
  return (
    "The hourly limit of Cloudinary's Admin API is used up: folders are neither listed nor removed until " +
    `${until ?? 'the hour is over'}. Songs play and are stored all the same.`
  );
}
