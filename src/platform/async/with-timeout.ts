import { setImmediate as turn } from 'node:timers/promises';

/**
 * Resolves with the answer, or rejects after `milliseconds`; for services whose client would wait for ever. With
 * `onTimeout` a late answer is replaced by what that function returns or throws. The late answer is ignored, its error
 * too.
 */
export async function withTimeout<T, L = never>(
  milliseconds: number,
  answer: Promise<T>,
  onTimeout: () => L | Promise<L> = () => {
    throw new Error(`no answer within ${milliseconds} ms`);
  },
): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const late = new Promise<L>((resolve, reject) => {
    timer = setTimeout(() => {
      const unlessOver = () => (isOver ? undefined : Promise.resolve().then(onTimeout).then(resolve, reject));
      void oneMoreTurn().then(unlessOver);
    }, milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

/**
 * Resolves when data that has arrived meanwhile has been read. On a busy machine this process may be scheduled late:
 * then a timer is due together with the answer it limits, and Node runs timers first.
 */
async function oneMoreTurn(): Promise<void> {
  await turn();
  await turn();
}
