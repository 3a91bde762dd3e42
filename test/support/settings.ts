import { getMetadataStorage } from 'class-validator';
import { Config } from '../../src/platform/config/config.js';

/** The names Config knows: each of its properties is validated. */
export const settings = new Set(
  getMetadataStorage()
    .getTargetValidationMetadatas(Config, '', false, false)
    .map(({ propertyName }) => propertyName),
);

/** The first group of every match of `pattern`. */
export const names = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, name]) => name!);
