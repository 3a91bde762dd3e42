import { describe, expect, it } from '@jest/globals';
import { outcomeOf, reasonToDisable } from './delivery-outcome.js';
import { DeliveryState } from './webhook-delivery.schema.js';

const { DELIVERED, GIVEN_UP, PENDING } = DeliveryState;
const refused = { status: 500, error: 'The receiver answered 500.' };
const gone = { status: 410, error: 'The receiver answered 410.' };

describe('the outcome of an attempt', () => {
  it('is a delivery if there was no error, also after failures', () => {
    expect(outcomeOf({ status: 204, error: null }, 9, 1_000)).toEqual({ state: DELIVERED });
  });

  it('is another attempt after a failure, with pauses that double', () => {
    const pauses = [0, 1, 2, 8].map((earlier) => outcomeOf(refused, earlier, 1_000));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 256_000].map((pauseMs) => ({ state: PENDING, pauseMs })));
  });

  it('is the end of the delivery after the tenth failure, or when the receiver is gone', () => {
    expect(outcomeOf(refused, 9, 1_000)).toEqual({ state: GIVEN_UP });
    expect(outcomeOf(gone, 0, 1_000)).toEqual({ state: GIVEN_UP });
  });
});

describe('a webhook', () => {
  it('stays enabled for nine failed deliveries in a row and is disabled after ten', () => {
    expect(reasonToDisable(refused, 9)).toBeNull();
    expect(reasonToDisable(refused, 10)).toBe('10 deliveries in a row failed: The receiver answered 500.');
  });

  it('is disabled at once when the receiver is gone', () => {
    expect(reasonToDisable(gone, 1)).toBe('The receiver answered 410 Gone.');
  });
});
