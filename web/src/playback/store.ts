import { useSyncExternalStore } from 'react';

/** An observable value. */
export class Store<State> {
  private readonly watchers = new Set<() => void>();

  constructor(private state: State) {}

  readonly get = (): State => this.state;

  set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    for (const watch of this.watchers) watch();
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };
}

/** A part of a store; the component renders again only when that part changes. */
export const useStore = <State, Part>(store: Store<State>, part: (state: State) => Part): Part =>
  useSyncExternalStore(store.watch, () => part(store.get()));
