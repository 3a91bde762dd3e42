/** The reply of a child to one job. */
export type Reply<Out> = { readonly value: Out } | { readonly error: string };

/** The child's side of WarmChild: runs the jobs its parent sends, and exits when the parent is gone. */
export function serveParent<In, Out>(work: (job: In) => Promise<Out>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (job) => {
    void work(job as In)
      .then(
        (value): Reply<Out> => ({ value }),
        (error: unknown): Reply<Out> => ({ error: (error as Error).message }),
      )
      .then((reply) => process.send?.(reply));
  });
}
