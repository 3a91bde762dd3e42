import { UnavailableError } from '../errors/domain-error.js';

/** A change is stored, but not every process has confirmed that it uses it already. */
export class UnconfirmedError extends UnavailableError {
  override readonly details = { done: true };
  constructor() {
    super(
      'This is done, but not every process of the server has confirmed it: one may go by what was before for up to a minute. ' +
        'Do it again to be sure.',
    );
  }
}

/** The part about UnconfirmedError in the description of a mutation that takes a right away. */
export const UNCONFIRMED =
  'UNAVAILABLE with extensions.done (it is done, but a process that did not confirm it may go by what was before for up to a minute)';
