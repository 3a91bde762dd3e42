import { describe, expect, it } from '@jest/globals';
import { commandsIn, measured } from './redis-readings.js';

const MINUTE = 60_000;
const at = (minutes: number, commands: number, plays: number) => ({ at: minutes * MINUTE, commands, plays });

describe('what Redis is asked', () => {
  it('is unknown until a minute was measured', () => {
    expect(measured([])).toBeNull();
    expect(measured([at(0, 10, 0)])).toBeNull();
    expect(measured([at(0, 10, 0), at(0.5, 20, 0)])).toBeNull();
  });

  it('is told by the day, and apart from plays', () => {
    // Ten idle minutes of one command each; then ten minutes with five plays that took four each.
    expect(measured([at(0, 100, 7), at(10, 110, 7), at(20, 140, 12)])).toEqual({
      commandsPerDay: 2 * 1440,
      idleCommandsPerDay: 1440,
      commandsPerPlay: 4,
      plays: 5,
      measuredSeconds: 1200,
    });
  });

  it('says nothing of plays without an idle minute, and nothing of idling', () => {
    expect(measured([at(0, 0, 0), at(5, 50, 5)])).toMatchObject({
      idleCommandsPerDay: null,
      commandsPerPlay: null,
    });
  });

  it('leaves out the interval in which Redis was started again', () => {
    expect(measured([at(0, 900, 0), at(5, 3, 0), at(10, 8, 0)])).toMatchObject({
      idleCommandsPerDay: 1440,
      measuredSeconds: 300,
    });
  });

  it('adds up every command of INFO commandstats, subcommands too', () => {
    const stats =
      '# Commandstats\r\ncmdstat_ping:calls=10,usec=55,usec_per_call=5.50\r\ncmdstat_config|get:calls=2,usec=1\r\n';
    expect(commandsIn(stats)).toBe(12);
  });
});
