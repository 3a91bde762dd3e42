import { normalisedEmail } from './email.js';
import { WeakPasswordError } from './account-errors.js';
import { MAX_PASSWORD_LENGTH } from '../../platform/config/config.js';

/** In characters as users count them, not in bytes. */
export const MIN_PASSWORD_LENGTH = 10;

/** The most common passwords of leaked lists that are long enough otherwise; lower case. */
const COMMON = new Set(
  `1234567890 12345678910 123456789a 1234567891 0123456789 9876543210 0987654321 1q2w3e4r5t 1qaz2wsx3edc
  1q2w3e4r5t6y q1w2e3r4t5 qwertyuiop qwerty1234 qwerty12345 qwerty123456 qwertyuiop123 asdfghjkl1 asdfghjklm
  zxcvbnm123 password12 password123 password1234 password12345 password!1 password123! passw0rd123 p@ssw0rd123
  p@ssword123 mypassword mypassword1 thepassword adminadmin admin12345 admin123456 administrator letmein123
  letmein1234 welcome123 welcome1234 welcome123! iloveyou12 iloveyou123 iloveyou1234 sunshine123 princess123
  football123 baseball123 superman123 michael123 dragon12345 monkey12345 abcdefghij abcdefghijk abcd123456
  abc1234567 abcdef1234 a123456789 aa123456789 changeme123 changemenow trustno1234 starwars123 computer123
  internet123 whatever123 spiderman123 basketball unbelievable musicmusic spotify123 correcthorsebatterystaple`.split(
    /\s+/,
  ),
);
/** "aaaaaaaaaa", "abcabcabcabc". */
const REPEATED = /^(.{1,5}?)\1+$/su;

/** Throws WeakPasswordError with the first violated rule. */
export function checkPassword(password: string, email: string): void {
  const length = passwordLength(password);
  if (length < MIN_PASSWORD_LENGTH)
    throw new WeakPasswordError(`A password has at least ${MIN_PASSWORD_LENGTH} characters.`);
  if (length > MAX_PASSWORD_LENGTH)
    throw new WeakPasswordError(`A password has at most ${MAX_PASSWORD_LENGTH} characters.`);
  const lower = password.toLowerCase();
  if (normalisedEmail(password) === email) throw new WeakPasswordError('Your e-mail address is no password.');
  if (COMMON.has(lower) || REPEATED.test(lower))
    throw new WeakPasswordError('This password is among the first that are tried. Choose another.');
}

/** Counts characters, without building an array for a text that is too long anyway. */
export function passwordLength(password: string): number {
  return password.length > 2 * MAX_PASSWORD_LENGTH ? password.length : Array.from(password).length;
}
