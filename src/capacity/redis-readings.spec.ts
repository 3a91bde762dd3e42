import { describe, expect, it } from '@jest/globals';
import { commandsIn, measured } from './redis-readings.js';

const MINUTE = 60_000;
const at = (minutes: number, commands: number, plays: number) => ({ at: minutes * MINUTE, commands, plays });

describe('measured Redis commands', () => {
  it('are null until a minute was measured', () => {
    expect(measured([])).toBeNull();
    expect(measured([at(0, 10, 0)])).toBeNull();
    expect(measured([at(0, 10, 0), at(0.5, 20, 0)])).toBeNull();
  });

  it('are given per day in total, per idle day and per play', () => {
    // Ten idle minutes of one command each; then ten minutes with five plays that took four each.
    expect(measured([at(0, 100, 7), at(10, 110, 7), at(20, 140, 12)])).toEqual({
      commandsPerDay: 2 * 1440,
      idleCommandsPerDay: 1440,
      commandsPerPlay: 4,
      plays: 5,
      measuredSeconds: 1200,
    });
  });

  it('have null per idle day and per play without an idle minute', () => {
    expect(measured([at(0, 0, 0), at(5, 50, 5)])).toMatchObject({
      idleCommandsPerDay: null,
      commandsPerPlay: null,
    });
  });

  it('leave out the interval in which Redis was restarted', () => {
    expect(measured([at(0, 900, 0), at(5, 3, 0), at(10, 8, 0)])).toMatchObject({
      idleCommandsPerDay: 1440,
      measuredSeconds: 300,
    });
  });

  it('are the sum of all commands in INFO commandstats, including subcommands', () => {
    const stats =
      '# Commandstats\r\ncmdstat_ping:calls=10,usec=55,usec_per_call=5.50\r\ncmdstat_config|get:calls=2,usec=1\r\n';
    expect(commandsIn(stats)).toBe(12);
  });
});
