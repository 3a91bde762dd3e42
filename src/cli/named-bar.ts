import { SingleBar } from 'cli-progress';
import { printable } from '../platform/logging/printable.js';

/** A progress bar that shows the name of the current item. */
export class NamedBar {
  private stopped = false;
  private readonly bar = new SingleBar({
    format: '  {bar} {percentage} %  {value}/{total}  {name}',
    noTTYOutput: true,
    notTTYSchedule: 2_000,
  });

  total(count: number): void {
    this.bar.start(count, 0, { name: '' });
  }

  begins(name: string): void {
    this.bar.update({ name: printable(name).slice(0, 40) });
  }

  done(): void {
    if (this.bar.getProgress() === 1) this.bar.setTotal(this.bar.getTotal() + 1);
    this.bar.increment();
  }

  /** Idempotent. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.bar.stop();
  }
}
