import { compileExpression } from './expression.js';

/** What this package relies on inside mingo (docs/upgrading-dependencies.md of the application). */
describe('an expression that is compiled once', () => {
  it('is computed with the fields and the root of each document', () => {
    const compute = compileExpression({ $add: ['$a', '$$ROOT.b', '$$more'] }, { more: 100 });
    expect([compute({ a: 1, b: 10 }), compute({ a: 2, b: 20 })]).toEqual([111, 122]);
  });

  it('compares in the order of BSON types, which mingo would not', () => {
    expect(compileExpression({ $lt: ['$a', '$b'] })({ a: 5, b: 'text' })).toBe(true);
    expect(compileExpression({ $cmp: ['$a', '$b'] })({ a: 'text', b: 5 })).toBe(1);
  });

  it('runs no JavaScript of a client', () => {
    const script = { $function: { body: 'function () { return 1; }', args: [], lang: 'js' } };
    expect(() => compileExpression(script)({})).toThrow();
  });
});
