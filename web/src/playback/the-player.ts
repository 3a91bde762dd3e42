import { Player } from './player.js';
import { useStore } from './store.js';

/** The only player of the app: music continues while pages change. */
export const player = new Player();

export const usePlayer = <Part>(part: (state: ReturnType<typeof player.state.get>) => Part): Part =>
  useStore(player.state, part);

export const useClock = <Part>(part: (clock: ReturnType<typeof player.clock.get>) => Part): Part =>
  useStore(player.clock, part);
