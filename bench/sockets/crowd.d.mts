/** The messages of a crowd are described in crowd.mjs. */
export interface Crowd {
  ask(message: object): Promise<unknown>;
  end(): Promise<unknown>;
}

export function startCrowd(): Crowd;
