import base from '../../jest.config.js';

/** The fault specs are a separate suite: only `npm run test:faults` runs them, `npm test` does not. */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/faults'],
  testRegex: '\\.fault-spec\\.ts$',
  testTimeout: 600_000,
};
