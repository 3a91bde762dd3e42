import { expect, it } from '@jest/globals';
import { RequestSlots } from './request-slots.js';

it('a receiver is busy from its second request on, until one of them has ended', () => {
  const slots = new RequestSlots();
  slots.take('a');
  slots.take('b');
  expect(slots.busyReceivers).toEqual([]);
  slots.take('a');
  expect(slots.busyReceivers).toEqual(['a']);
  slots.release('a');
  expect(slots.busyReceivers).toEqual([]);
});

it('the slots are full with eight requests, to any receivers', () => {
  const slots = new RequestSlots();
  for (const receiver of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) slots.take(receiver);
  expect(slots.isFull).toBe(false);
  slots.take('a');
  expect(slots.isFull).toBe(true);
  slots.release('b');
  expect(slots.isFull).toBe(false);
});
