import base from '../../jest.config.js';

/** The faults have a suite of their own: `npm test` does not run them, `npm run test:faults` runs nothing else. */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/faults'],
  testRegex: '\\.fault-spec\\.ts$',
  testTimeout: 600_000,
};
