/** What a crowd was told to do is in crowd.mjs. */
export interface Crowd {
  ask(message: object): Promise<unknown>;
  end(): Promise<unknown>;
}

export function startCrowd(): Crowd;
